// SPDX-License-Identifier: Apache-2.0
// Byte addresses of the control and status registers (docs/csr.md), 32 bits each.

localparam logic [11:0] CSR_ID            = 12'h000;  // RO 0x42524744 "BRGD"
localparam logic [11:0] CSR_VERSION       = 12'h004;  // RO 0x00010000
localparam logic [11:0] CSR_CONTROL       = 12'h008;  // [0] enable [1] abort W1 [2] host_flag [3]
                                                      // irq_enable [4] clear_counters W1
localparam logic [11:0] CSR_STATUS        = 12'h00C;  // RO [0] busy [1] result_valid [2] queue_full
                                                      // [3] queue_empty [7:4] last_error [15:8]
                                                      // queue_level [23:16] result_level
localparam logic [11:0] CSR_GEOMETRY      = 12'h010;  // [4:0] n 1..24 [14:8] k 1..64 [27:16] pages
                                                      // of a query minus one
localparam logic [11:0] CSR_PROGRAM       = 12'h014;  // [11:0] entry [28:16] length in words
localparam logic [11:0] CSR_WATCHDOG      = 12'h018;  // cycles a query may take; 0 = no limit
localparam logic [11:0] CSR_FAULT_INJECT  = 12'h01C;  // [31] enable [30] bank [24:9] word in bank
                                                      // [8:0] bit: flip it as the page buffer is
                                                      // read
localparam logic [11:0] CSR_DURATION      = 12'h020;  // 16 registers: cycles of each duration
                                                      // class, 1..2^32-1
localparam logic [11:0] CSR_LOOP_COUNT    = 12'h060;  // 4 registers: [15:0]
localparam logic [11:0] CSR_STORE_ADDRESS = 12'h080;  // [11:0] control-store word that COMMIT
                                                      // writes or READ reads
localparam logic [11:0] CSR_STORE_DATA    = 12'h084;  // 6 registers: the 192-bit word, low lane
                                                      // first
localparam logic [11:0] CSR_STORE_COMMIT  = 12'h09C;  // W: write STORE_DATA to STORE_ADDRESS, then
                                                      // STORE_ADDRESS += 1
localparam logic [11:0] CSR_STORE_READ    = 12'h0A0;  // W: load STORE_DATA from STORE_ADDRESS;
                                                      // SLVERR while busy
localparam logic [11:0] CSR_QUERY_BASE_LO = 12'h0C0;  // page address, 64-byte aligned
localparam logic [11:0] CSR_QUERY_BASE_HI = 12'h0C4;
localparam logic [11:0] CSR_QUERY_TAG     = 12'h0C8;  // [15:0]
localparam logic [11:0] CSR_QUERY_PUSH    = 12'h0CC;  // W: queue the query; the write waits while
                                                      // the queue is full
localparam logic [11:0] CSR_RESULT_STATUS = 12'h0E0;  // RO [31] valid [19:16] status [15:0] tag:
                                                      // oldest result
localparam logic [11:0] CSR_RESULT_LO     = 12'h0E4;  // RO bus bits
localparam logic [11:0] CSR_RESULT_HI     = 12'h0E8;
localparam logic [11:0] CSR_RESULT_POP    = 12'h0EC;  // W: drop the oldest result
// Counters, 64 bits: reading the low half at +0 latches the high half at +4.
localparam logic [11:0] CSR_CYCLES        = 12'h100;  // slices and the waits before them
localparam logic [11:0] CSR_SLICES        = 12'h108;
localparam logic [11:0] CSR_QUERIES       = 12'h110;  // queries ended
localparam logic [11:0] CSR_STALL         = 12'h140;  // 8 counters, by cause (the eighth reads 0)
localparam logic [11:0] CSR_PULSE_CSWAP   = 12'h180;  // sum over slices of nodes that route
localparam logic [11:0] CSR_PULSE_LATCH   = 12'h188;
localparam logic [11:0] CSR_PULSE_REGISTER= 12'h190;
localparam logic [11:0] CSR_PULSE_FETCH   = 12'h198;  // leaf operations: 2^n per Fetch
localparam logic [11:0] CSR_READ_BURSTS   = 12'h1A0;
localparam logic [11:0] CSR_READ_BEATS    = 12'h1A8;
localparam logic [11:0] CSR_READ_ERRORS   = 12'h1B0;
