/* SPDX-License-Identifier: Apache-2.0 */
/* DDR4 parts: timing tables, the user's own table, closed forms, energy, address maps, and the
 * configuration vectors of rtl/brg_ddr4_controller.sv. Clocks are the DRAM's (tCK). */
#ifndef BRG_MODEL_DDR4_H
#define BRG_MODEL_DDR4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "csim/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Fields of the timing vector in the order of rtl/brg_ddr4.svh, in clocks. */
typedef enum brg_ddr4_field {
    BRG_DDR4_CL,    /* RD to the first data */
    BRG_DDR4_CWL,   /* WR to the first data */
    BRG_DDR4_RCD,   /* ACT to RD or WR */
    BRG_DDR4_RP,    /* PRE to ACT */
    BRG_DDR4_RAS,   /* ACT to PRE */
    BRG_DDR4_RC,    /* ACT to ACT of one bank */
    BRG_DDR4_BURST, /* clocks of a burst on the data bus: BL/2 = 4 */
    BRG_DDR4_CCD_S, /* RD to RD and WR to WR, different bank group */
    BRG_DDR4_CCD_L, /* the same, same bank group */
    BRG_DDR4_RRD_S, /* ACT to ACT, different bank group */
    BRG_DDR4_RRD_L, /* ACT to ACT, same bank group */
    BRG_DDR4_FAW,   /* window of four ACT of a rank */
    BRG_DDR4_WTR_S, /* end of write data to RD, different bank group */
    BRG_DDR4_WTR_L, /* the same, same bank group */
    BRG_DDR4_WR,    /* end of write data to PRE */
    BRG_DDR4_RTP,   /* RD to PRE */
    BRG_DDR4_RTW,   /* RD to WR of one rank */
    BRG_DDR4_RFC,   /* REF to the next command of the rank, in the refresh mode in use */
    BRG_DDR4_REFI,  /* average between REF, in the refresh mode in use */
    BRG_DDR4_XP,    /* leaving power-down to a command */
    BRG_DDR4_CKE,   /* shortest power-down, and between two of them */
    BRG_DDR4_XS,    /* leaving self-refresh to a command */
    BRG_DDR4_RTRS,  /* idle clocks of the data bus when the rank changes */
    BRG_DDR4_FIELDS
} brg_ddr4_field;

enum { BRG_DDR4_TIMING_WORDS = 12 }; /* 32-bit words of the timing vector: two fields each */

/* A part: eight x8 devices of 8 Gb a rank, 4 bank groups of 4 banks, 65536 rows of 8 KB. */
typedef struct brg_ddr4_part {
    char name[32];
    uint32_t tck_ps;
    uint16_t timing[BRG_DDR4_FIELDS]; /* RFC and REFI of the 1x mode */
    uint16_t rfc2, rfc4;              /* tRFC of the 2x and 4x refresh modes, clocks */
    double vdd_v;
    /* Currents of one device in mA (JEDEC IDD loops). */
    double idd0_ma, idd2n_ma, idd3n_ma, idd4r_ma, idd4w_ma, idd5ab_ma, idd2p_ma;
} brg_ddr4_part;

/* Presets `DDR4-2400` (CL17) and `DDR4-3200` (CL22), 8 Gb x8; NULL ends. */
const brg_ddr4_part *brg_ddr4_part_at(size_t i);
const brg_ddr4_part *brg_ddr4_part_find(const char *name);

/* A user's table: lines `param,value`, `#` comments, an optional head line `param,value`, names
 * as in docs/ddr4.md, each once. `base,NAME` in the first line starts from a preset; without it
 * every parameter is needed. BRG_EINPUT with file:line in diag. */
int brg_ddr4_part_parse(brg_ddr4_part *out, const char *text, size_t length, const char *file,
                        brg_diag *diag);
int brg_ddr4_part_read(brg_ddr4_part *out, const char *path, brg_diag *diag);
/* BRG_EINVAL, and one message for each value that the controller cannot take. */
int brg_ddr4_part_check(const brg_ddr4_part *part, const char *file, brg_diag *diag);

typedef enum brg_ddr4_map {
    BRG_DDR4_ROCHRABABGCO, /* row, rank, bank, bank group, column; left is the high end */
    BRG_DDR4_ROCHRABACOBG, /* row, rank, bank, column, bank group */
    BRG_DDR4_ROBARACOCH,   /* row, bank, bank group, rank, column */
    BRG_DDR4_MOP4CLXOR,    /* row, 5 column bits, bank, bank group, rank, 2 column bits; XOR */
    BRG_DDR4_MAPS
} brg_ddr4_map;

/* Names in the order of the enum: rochrababgco, rochrabacobg, robaracoch, mop4clxor. */
const char *brg_ddr4_map_name(brg_ddr4_map map);
/* Case does not matter; BRG_DDR4_MAPS when there is no such map. */
brg_ddr4_map brg_ddr4_map_find(const char *name);

typedef struct brg_ddr4_policy {
    bool in_order;    /* else FR-FCFS */
    bool closed_page; /* else open page */
    brg_ddr4_map map;
    bool refresh;
    uint8_t postpone;    /* refreshes put off while requests wait, 0..8 */
    uint8_t ranks;       /* 1 or 2 */
    uint16_t starvation; /* clocks after which the oldest request is served alone; 0: never */
} brg_ddr4_policy;

/* FR-FCFS, open page, rochrabacobg, refresh without postponing, one rank, 2048 clocks. */
brg_ddr4_policy brg_ddr4_policy_default(void);
/* policy_i of the controller; BRG_EINVAL outside the ranges above. */
int brg_ddr4_policy_pack(uint32_t *word, const brg_ddr4_policy *policy);
/* timing_i of the controller, low word first; refresh_mode 1, 2 or 4. */
int brg_ddr4_timing_pack(uint32_t words[BRG_DDR4_TIMING_WORDS], const brg_ddr4_part *part,
                         unsigned refresh_mode);

typedef struct brg_ddr4_place {
    uint32_t rank, group, bank, row; /* 0..1, 0..3, 0..3, 0..65535 */
    uint32_t column;                 /* of 64 bytes, 0..127 */
} brg_ddr4_place;

/* Bytes of one or two ranks: 2^33 each. */
uint64_t brg_ddr4_capacity_bytes(uint8_t ranks);
/* The 64 bytes of a byte address; address bits above the capacity are ignored. */
brg_ddr4_place brg_ddr4_decode(brg_ddr4_map map, uint8_t ranks, uint64_t address);
/* The byte address of a place: the inverse of brg_ddr4_decode. */
uint64_t brg_ddr4_encode(brg_ddr4_map map, uint8_t ranks, brg_ddr4_place place);
/* store_address_o of rtl/brg_ddr4_device.sv for a place, and back. */
uint32_t brg_ddr4_store_address(brg_ddr4_place place);
brg_ddr4_place brg_ddr4_store_place(uint32_t store_address);

typedef enum brg_ddr4_row_state {
    BRG_DDR4_HIT,
    BRG_DDR4_CLOSED,
    BRG_DDR4_CONFLICT
} brg_ddr4_row_state;

/* Clocks from the acceptance of a read by an idle controller to its last data on the bus:
 * CL + BL/2, + tRCD for a closed row, + tRP for a conflict. */
uint32_t brg_ddr4_idle_latency(const brg_ddr4_part *part, brg_ddr4_row_state state);
/* Bytes per second, refresh not counted: 64 B / (tCCD_S tCK) of a stream over bank groups, and
 * 64 B / tCK over max(tFAW/4, tRRD_S, tCCD_S) of random rows. */
double brg_ddr4_stream_limit(const brg_ddr4_part *part);
double brg_ddr4_random_limit(const brg_ddr4_part *part);
/* Share of the time that refresh leaves: 1 - tRFC/tREFI. */
double brg_ddr4_refresh_factor(const brg_ddr4_part *part);

/* Energy of a rank by IDD differences (Micron TN-40-07), eight devices, I/O termination left
 * out. Events in pJ, standby in mW. */
typedef struct brg_ddr4_energy {
    double activate_pj;       /* ACT and its PRE, above standby */
    double read_pj, write_pj; /* a burst of 64 bytes, above active standby */
    double refresh_pj;        /* one REF, above precharged standby */
    double active_standby_mw, precharge_standby_mw, power_down_mw;
} brg_ddr4_energy;

brg_ddr4_energy brg_ddr4_energy_of(const brg_ddr4_part *part);

/* Violation codes of rtl/brg_ddr4_checker.sv: a timing field's number, or one of these. */
enum {
    BRG_DDR4_ERR_BUS = 23,      /* two bursts on the data bus at once */
    BRG_DDR4_ERR_CLOSED = 24,   /* RD or WR to a bank without an open row */
    BRG_DDR4_ERR_ROW = 25,      /* RD or WR meant for another row than the open one */
    BRG_DDR4_ERR_OPEN = 26,     /* ACT of a bank with an open row */
    BRG_DDR4_ERR_REF_OPEN = 27, /* REF or self-refresh with open rows */
    BRG_DDR4_ERR_POWER = 28,    /* command in power-down or self-refresh, or leaving neither */
    BRG_DDR4_ERR_COMMAND = 29,  /* no such command */
    BRG_DDR4_ERR_CODES = 30
};
/* `tRCD`, `REF with open rows`, …; never NULL. */
const char *brg_ddr4_violation_name(unsigned code);

#ifdef __cplusplus
}
#endif
#endif
