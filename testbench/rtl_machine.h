/* SPDX-License-Identifier: Apache-2.0 */
/* A C face of the verilated `brg_machine`: controller, plant and their memory system, with a clock
 * for each domain. One object is one instance with its own VerilatedContext. */
#ifndef BRG_TESTBENCH_RTL_MACHINE_H
#define BRG_TESTBENCH_RTL_MACHINE_H

#include <stddef.h>

#include "testbench/rtl_system.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum brg_domain {
    BRG_DOMAIN_CONTROL = 0, /* controller, control store, pulse unit, plant */
    BRG_DOMAIN_MEMORY = 1,  /* cache and prefetcher */
    BRG_DOMAIN_DRAM = 2,    /* DRAM controller and device */
    BRG_DOMAIN_HOST = 3     /* AXI4-Lite */
} brg_domain;
enum { BRG_DOMAINS = 4 };

enum { BRG_MACHINE_TIMING_WORDS = 12, BRG_MACHINE_CHANNELS = 8 };

/* Everything that stays as it is during a run. All zero: every part is bypassed. */
typedef struct brg_machine_setup {
    bool use_memory;    /* reads cross to the memory clock and pass the cache, on or off */
    bool use_host;      /* the host has a clock of its own */
    bool near_external; /* the memory side ends at the external port, not at the DRAM */
    bool use_dram;      /* the DRAM is there, behind the memory side or for the second port alone */
    /* Control store behind a cache. */
    bool store_cached, store_prefetch;
    uint8_t store_lines_log2; /* lines of four words, 0..8 */
    uint16_t store_length;    /* words of the program */
    uint64_t store_base;      /* of the program in memory, a multiple of 128 */
    /* Cache. */
    bool cache_enable, cache_ecc;
    uint8_t cache_ways_log2; /* 0..3 */
    uint8_t cache_sets_log2; /* 0..10 */
    uint8_t cache_line_log2; /* 6..8 */
    uint8_t cache_policy;    /* 0 LRU, 1 tree-PLRU, 2 random */
    uint32_t cache_seed;
    uint8_t prefetch_kind, prefetch_depth;
    /* DRAM: model/ddr4.h. */
    uint32_t dram_timing[BRG_MACHINE_TIMING_WORDS];
    uint32_t dram_policy;
    /* Pulse memory; without it pulses are always there. */
    bool pulse_enable;
} brg_machine_setup;

/* Memories whose bytes are kept outside; NULL members read 0 and forget what is written. */
typedef struct brg_machine_memories {
    void *user;
    /* 64 bytes of the DRAM; address: store_address_o of rtl/brg_ddr4_device.sv. */
    void (*dram_read)(void *user, uint32_t address, uint8_t line[64]);
    void (*dram_write)(void *user, uint32_t address, const uint8_t line[64], uint64_t enables);
    /* A beat of the pulse memory. */
    void (*pulse_read)(void *user, uint32_t address, uint8_t beat[16], uint8_t *parity);
} brg_machine_memories;

typedef struct brg_machine_in {
    brg_rtl_in bus;    /* host port, and m_*: the external read port */
    bool memory_rst_n; /* of the memory and DRAM domains */
    bool hint_valid;
    uint64_t hint_base;
    uint32_t hint_bytes; /* page ahead; control domain */
    /* Register of the pulse unit, written at the coming control edge; control domain. */
    bool pulse_write;
    uint16_t pulse_address;
    uint32_t pulse_data;
    /* Second port of the DRAM: s_*, in its domain. Bursts are INCR of 32-byte beats. */
    bool s_awvalid;
    uint8_t s_awid;
    uint64_t s_awaddr;
    uint8_t s_awlen;
    bool s_wvalid;
    uint32_t s_wdata[BRG_RTL_DATA_LANES];
    uint32_t s_wstrb;
    bool s_wlast;
    bool s_bready;
    bool s_arvalid;
    uint8_t s_arid;
    uint64_t s_araddr;
    uint8_t s_arlen;
    bool s_rready;
    /* For the waves: what the wait of this cycle depends on, as csim/stall_event.h. */
    uint8_t event;
    uint64_t event_detail;
} brg_machine_in;

typedef struct brg_machine_out {
    brg_rtl_out bus;
    uint32_t quiet[BRG_DOMAINS];
    bool hint_ready;
    bool s_awready, s_wready, s_bvalid;
    uint8_t s_bid, s_bresp;
    bool s_arready, s_rvalid;
    uint8_t s_rid;
    uint32_t s_rdata[BRG_RTL_DATA_LANES];
    uint8_t s_rresp;
    bool s_rlast;
    /* What the parts are doing, for the attribution of stalls (docs/platform.md). */
    bool cdc_request, cdc_response; /* something is between the control and the memory clock */
    uint8_t cache_state;
    uint64_t cache_line;
    bool dram_cdc; /* something is between the memory and the DRAM clock */
    uint8_t dram_state;
    uint64_t dram_address;
    uint8_t dram_refresh_rank;
    bool dram_violation;
    uint8_t dram_violation_code; /* a pulse of the timing checker */
    uint8_t starved_layer;
    bool pulse_error;
    uint8_t pulse_error_code, pulse_error_layer;
    bool store_missing;
    uint16_t store_word; /* the program word that is waited for */
    uint8_t store_error; /* why the control store cannot give a word, 0: it can */
} brg_machine_out;

typedef struct brg_machine brg_machine;

/* As brg_rtl_new; memories is copied. */
int brg_machine_new(brg_machine **out, const brg_plant_calls *calls,
                    const brg_machine_memories *memories, const char *fst_path);
void brg_machine_destroy(brg_machine **machine);
/* Static inputs; call it before the reset of a run. */
void brg_machine_configure(brg_machine *machine, const brg_machine_setup *setup);
brg_machine_in *brg_machine_inputs(brg_machine *machine);
const brg_machine_out *brg_machine_outputs(const brg_machine *machine);

/* As brg_rtl_show_qec. */
void brg_machine_show_qec(brg_machine *machine, const brg_rtl_qec_view *view);

/* As brg_rtl_settle; then rising edges of the clocks in `mask` (bit of a domain) at one time, the
 * clock of domain d advancing by 1 + skip[d] cycles, skip[d] <= quiet[d]. skip NULL: 0. */
void brg_machine_settle(brg_machine *machine, uint64_t time_ps);
void brg_machine_edge(brg_machine *machine, unsigned mask, const uint32_t skip[BRG_DOMAINS],
                      uint64_t time_ps);
/* Counters by index as the parts number them; edge-free, between settle and edge too. */
typedef enum brg_machine_part {
    BRG_MACHINE_CACHE, /* rtl/brg_cache.svh */
    BRG_MACHINE_DRAM,  /* rtl/brg_ddr4.svh */
    BRG_MACHINE_STORE, /* docs/rtl/brg_control_cache.md */
    BRG_MACHINE_PULSE  /* model/pulse.h; spends control edges, so only after a run */
} brg_machine_part;
uint64_t brg_machine_counter(brg_machine *machine, brg_machine_part part, unsigned index);
uint64_t brg_machine_violations(const brg_machine *machine); /* of the DRAM timing so far */
uint64_t brg_machine_cycles(const brg_machine *machine);     /* of the control clock since reset */
bool brg_machine_failed(const brg_machine *machine);

#ifdef __cplusplus
}
#endif
#endif
