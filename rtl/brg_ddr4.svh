// SPDX-License-Identifier: Apache-2.0
// DDR4 constants, included inside module bodies: fields of timing_i and policy_i, commands, codes.
// The C side is model/ddr4.h.

// timing_i: 16-bit fields in clocks, field F at [16*F +: 16].
localparam integer T_CL    = 0;   // RD to the first data
localparam integer T_CWL   = 1;   // WR to the first data
localparam integer T_RCD   = 2;
localparam integer T_RP    = 3;
localparam integer T_RAS   = 4;
localparam integer T_RC    = 5;
localparam integer T_BURST = 6;   // clocks of a burst on the data bus
localparam integer T_CCD_S = 7;
localparam integer T_CCD_L = 8;
localparam integer T_RRD_S = 9;
localparam integer T_RRD_L = 10;
localparam integer T_FAW   = 11;
localparam integer T_WTR_S = 12;  // from the end of the write data
localparam integer T_WTR_L = 13;
localparam integer T_WR    = 14;  // from the end of the write data
localparam integer T_RTP   = 15;
localparam integer T_RTW   = 16;
localparam integer T_RFC   = 17;
localparam integer T_REFI  = 18;
localparam integer T_XP    = 19;
localparam integer T_CKE   = 20;
localparam integer T_XS    = 21;
localparam integer T_RTRS  = 22;  // idle clocks of the data bus when the rank changes

// policy_i
localparam integer P_IN_ORDER   = 0;
localparam integer P_CLOSED     = 1;   // closed page
localparam integer P_MAP        = 2;   // [4:2]
localparam integer P_REFRESH    = 5;
localparam integer P_POSTPONE   = 6;   // [9:6] 0..8
localparam integer P_TWO_RANKS  = 10;
localparam integer P_STARVATION = 16;  // [31:16] clocks, 0: no bound

// Address maps, high end first.
localparam logic [2:0] MAP_ROCHRABABGCO = 3'd0;
localparam logic [2:0] MAP_ROCHRABACOBG = 3'd1;
localparam logic [2:0] MAP_ROBARACOCH   = 3'd2;
localparam logic [2:0] MAP_MOP4CLXOR    = 3'd3;

// Commands. A bank is {rank, bank group[1:0], bank[1:0]}; a column is one of 64 bytes.
localparam logic [3:0] CMD_NOP  = 4'd0;
localparam logic [3:0] CMD_ACT  = 4'd1;
localparam logic [3:0] CMD_RD   = 4'd2;
localparam logic [3:0] CMD_WR   = 4'd3;
localparam logic [3:0] CMD_PRE  = 4'd4;
localparam logic [3:0] CMD_PREA = 4'd5;   // every bank of the rank
localparam logic [3:0] CMD_REF  = 4'd6;   // every bank of the rank
localparam logic [3:0] CMD_PDE  = 4'd7;   // power-down entry and exit
localparam logic [3:0] CMD_PDX  = 4'd8;
localparam logic [3:0] CMD_SRE  = 4'd9;   // self-refresh entry and exit
localparam logic [3:0] CMD_SRX  = 4'd10;

// Violation codes: the number of the timing field, or one of these.
localparam integer E_BUS      = 23;  // two bursts on the data bus at once
localparam integer E_CLOSED   = 24;  // RD or WR to a bank without an open row
localparam integer E_ROW      = 25;  // RD or WR meant for another row than the open one
localparam integer E_OPEN     = 26;  // ACT of a bank with an open row
localparam integer E_REF_OPEN = 27;  // REF or self-refresh with open rows
localparam integer E_POWER    = 28;  // command in power-down, or leaving without having entered
localparam integer E_COMMAND  = 29;  // no such command

// What the oldest outstanding read waits for.
localparam logic [3:0] HEAD_NONE     = 4'd0;
localparam logic [3:0] HEAD_QUEUE    = 4'd1;
localparam logic [3:0] HEAD_ACTIVATE = 4'd2;
localparam logic [3:0] HEAD_REFRESH  = 4'd3;
localparam logic [3:0] HEAD_BUS      = 4'd4;

// Statistics by index.
localparam integer S_READS         = 0;
localparam integer S_WRITES        = 1;
localparam integer S_ROW_HITS      = 2;
localparam integer S_ROW_MISSES    = 3;   // closed row
localparam integer S_ROW_CONFLICTS = 4;
localparam integer S_ACTIVATES     = 5;
localparam integer S_PRECHARGES    = 6;   // PRE and PREA
localparam integer S_REFRESHES     = 7;
localparam integer S_READ_QUEUE    = 8;   // clocks summed over reads, see S_READ_BUS
localparam integer S_READ_ACTIVATE = 9;
localparam integer S_READ_REFRESH  = 10;
localparam integer S_READ_BUS      = 11;  // the four add up to the summed latency
localparam integer S_BUS_BUSY      = 12;  // clocks with data on the bus
localparam integer S_TURNAROUNDS   = 13;  // changes between RD and WR
localparam integer S_CYCLES        = 14;
localparam integer S_POSTPONED     = 15;  // most refreshes owed at once
