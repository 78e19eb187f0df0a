// SPDX-License-Identifier: Apache-2.0
// Numbers of brg_cache: counters, kinds of accesses, states of the oldest read, stages inside.

  // look_kind_o
  localparam logic [2:0] LOOK_HIT      = 3'd0;  // the line is there
  localparam logic [2:0] LOOK_MERGE    = 3'd1;  // the line is on its way
  localparam logic [2:0] LOOK_MISS     = 3'd2;  // the line is asked for
  localparam logic [2:0] LOOK_PREFETCH = 3'd3;  // a prefetch asks for a line
  localparam logic [2:0] LOOK_DROP     = 3'd4;  // a line is dropped: memory answered with an error
  localparam logic [2:0] LOOK_CLEAN    = 3'd5;  // a flush takes a dirty line
  localparam logic [2:0] LOOK_EMPTY    = 3'd6;  // an invalidation dropped a whole set

  // head_state_o
  localparam logic [3:0] HEAD_NONE     = 4'd0;
  localparam logic [3:0] HEAD_LOOKUP   = 4'd1;  // in the pipeline
  localparam logic [3:0] HEAD_MEMORY   = 4'd2;  // its line comes from memory
  localparam logic [3:0] HEAD_LATE     = 4'd3;  // its line comes, a prefetch had asked too late
  localparam logic [3:0] HEAD_NO_MSHR  = 4'd4;  // no MSHR, no target entry, or the victim is in use
  localparam logic [3:0] HEAD_BACK     = 4'd5;  // a write-back stands in the way
  localparam logic [3:0] HEAD_REFETCH  = 4'd6;  // an uncorrectable word is fetched again
  localparam logic [3:0] HEAD_RETURN   = 4'd7;  // its data are there

  // stat_index_i; beats unless said otherwise
  localparam integer STAT_READS         = 0;
  localparam integer STAT_WRITES        = 1;
  localparam integer STAT_HITS          = 2;
  localparam integer STAT_MISSES        = 3;
  localparam integer STAT_MERGES        = 4;
  localparam integer STAT_FILLS         = 5;   // lines that came from memory
  localparam integer STAT_BACKS         = 6;   // dirty lines sent to memory
  localparam integer STAT_STALL_CYCLES  = 7;   // cycles in which an access could not go on
  localparam integer STAT_STALLS        = 8;   // accesses that could not go on at once
  localparam integer STAT_ISSUED        = 9;   // prefetched lines
  localparam integer STAT_USEFUL        = 10;  // of them: used by an access
  localparam integer STAT_USELESS       = 11;  // of them: replaced or dropped unused
  localparam integer STAT_LATE          = 12;  // of the useful: still on their way
  localparam integer STAT_REDUNDANT     = 13;  // lines to prefetch that were there already
  localparam integer STAT_CORRECTED     = 14;  // 64-bit words
  localparam integer STAT_UNCORRECTABLE = 15;  // 64-bit words
  localparam integer STAT_REFETCHES     = 16;  // lines fetched again for their ECC
  localparam integer STAT_LOST          = 17;  // 64-bit words of dirty data lost
  localparam integer STAT_BAD_TAGS      = 18;  // ways dropped for their tag parity
  localparam integer STAT_LOST_LINES    = 19;  // of them: dirty
  localparam integer STAT_READ_ERRORS   = 20;  // lines that memory answered with an error
  localparam integer STAT_WRITE_ERRORS  = 21;  // write-backs that memory refused
  localparam integer STAT_PASSED        = 22;  // bursts passed through
  localparam integer STAT_FLUSHES       = 23;  // flushes and invalidations done
  localparam integer STATS              = 24;

  // Control of the cache.
  localparam logic [2:0] C_CLEAR = 3'd0, C_RUN = 3'd1, C_DRAIN = 3'd2, C_SCAN = 3'd3,
                         C_LOOK = 3'd4, C_EVICT = 3'd5, C_LAST = 3'd6, C_PASS = 3'd7;

  // Operations of the pipeline.
  localparam logic [2:0] OP_LOOKUP = 3'd0, OP_PREFETCH = 3'd1, OP_FILL = 3'd2, OP_REPLAY = 3'd3,
                         OP_EVICT = 3'd4, OP_KILL = 3'd5, OP_SCAN = 3'd6;

  // The fill engine.
  localparam logic [1:0] F_IDLE = 2'd0, F_FILL = 2'd1, F_REPLAY = 2'd2, F_KILL = 2'd3;

  // The data stage.
  localparam logic [1:0] D_READ = 2'd0, D_WRITE = 2'd1, D_FILL = 2'd2, D_EVICT = 2'd3;
