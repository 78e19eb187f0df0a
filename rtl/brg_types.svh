// SPDX-License-Identifier: Apache-2.0
// Shared types and constants, included inside module bodies: control word, causes, status codes.
// The encoding is that of docs/control_word.md; the C side is model/program.h.

typedef struct packed {
  logic [7:0]  parity;          // [191:184] even parity over eight interleaved lanes
  logic [22:0] reserved;        // [183:161] must be 0
  logic [1:0]  page_base;       // [160:159] loop whose iteration is added to the pages, plus 1
  logic [11:0] d_out_page;      // [158:147]
  logic [11:0] d_in_page;       // [146:135]
  logic        controlled;      // [134] d_in and d_out act only where the high bits = their page
  logic        mark;            // [133]
  logic [1:0]  flag_select;     // [132:131]
  logic [1:0]  loop;            // [130:129]
  logic [11:0] target;          // [128:117]
  logic [2:0]  next;            // [116:114]
  logic [7:0]  wait_mask;       // [113:106]
  logic [3:0]  duration_class;  // [105:102]
  logic [1:0]  index_base;      // [101:100]
  logic [1:0]  slot;            // [99:98]
  logic [11:0] page;            // [97:86]
  logic        set_flag;        // [85]
  logic        measure;         // [84]
  logic        basis_out;       // [83]
  logic        basis_in;        // [82]
  logic [5:0]  fetch;           // [81:76]
  logic        fetch_valid;     // [75]
  logic [5:0]  d_out;           // [74:69]
  logic        d_out_valid;     // [68]
  logic [5:0]  d_in;            // [67:62]
  logic        d_in_valid;      // [61]
  logic [4:0]  a_out;           // [60:56]
  logic        a_out_valid;     // [55]
  logic [4:0]  a_in;            // [54:50]
  logic        a_in_valid;      // [49]
  logic        unlatch;         // [48]
  logic [23:0] latch;           // [47:24]
  logic [23:0] route;           // [23:0]
} brg_word_t;

localparam integer WORD_W = 192;

// Idle skip: more cycles than any wait.
localparam logic [31:0] QUIET_FOREVER = 32'hffffffff;

// What a query ended with; the low bits of RESULT_STATUS and of STATUS.last_error.
localparam logic [3:0] ST_OK           = 4'd0;
localparam logic [3:0] ST_MEMORY_ERROR = 4'd1;  // SLVERR or DECERR on the page load
localparam logic [3:0] ST_PARITY       = 4'd2;  // control word with wrong parity
localparam logic [3:0] ST_BAD_WORD     = 4'd3;  // reserved bit set or illegal combination
localparam logic [3:0] ST_PROGRAM_END  = 4'd4;  // ran past the end of the program
localparam logic [3:0] ST_WATCHDOG     = 4'd5;  // longer than WATCHDOG cycles
localparam logic [3:0] ST_ABORTED      = 4'd6;  // CONTROL.abort while the query ran or waited
localparam logic [3:0] ST_STORE_ERROR  = 4'd7;  // the control store could not give the word

// Stall causes, numbered as csim/timeline.h does.
localparam integer CAUSE_MEMORY  = 0;
localparam integer CAUSE_LATCH   = 1;
localparam integer CAUSE_PULSE   = 2;
localparam integer CAUSE_READOUT = 3;
localparam integer CAUSE_DECODER = 4;
localparam integer CAUSE_HOST    = 5;
localparam integer CAUSE_CONTROL = 6;
localparam integer CAUSES        = 7;
