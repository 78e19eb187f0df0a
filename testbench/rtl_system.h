/* SPDX-License-Identifier: Apache-2.0 */
/* A C face of the verilated `brg_system` (controller and plant), usable from cmocka and from the
 * SystemC platform alike. One object is one instance with its own VerilatedContext; instances in
 * different threads are independent. */
#ifndef BRG_TESTBENCH_RTL_SYSTEM_H
#define BRG_TESTBENCH_RTL_SYSTEM_H

#include "csim/status.h"
#include "csim/timeline.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BRG_RTL_DATA_LANES = 8 /* 32-bit lanes of the 256-bit AXI data bus */ };

/* Inputs, named from the controller's side. All zero after brg_rtl_new. */
typedef struct brg_rtl_in {
    bool rst_n;
    bool observe; /* ask the plant for observables after each slice */
    /* AXI4-Lite slave: s_axil_* */
    bool awvalid;
    uint16_t awaddr;
    bool wvalid;
    uint32_t wdata;
    uint8_t wstrb;
    bool bready;
    bool arvalid;
    uint16_t araddr;
    bool rready;
    /* AXI4 read master: m_axi_* */
    bool m_arready;
    bool m_rvalid;
    uint8_t m_rid;
    uint32_t m_rdata[BRG_RTL_DATA_LANES];
    uint8_t m_rresp;
    bool m_rlast;
    /* A patch that entered the tree is not decoded: words that wait for the decoder stand. */
    bool decoder_busy;
} brg_rtl_in;

/* For the waves alone: the error-correction loop as rtl/brg_qec_view.sv names it, one word of its
 * input after the other; of 64 bits the low word first. Masks are by address bit and by bus bit. */
typedef struct brg_rtl_qec_view {
    uint32_t live_address, live_bus[2];
    uint32_t awaited_address, awaited_bus[2];
    uint32_t frame_x_address, frame_x_bus[2];
    uint32_t frame_z_address, frame_z_bus[2];
    uint32_t fifo_level, held, decoders_busy, patch, decoder_state, updates, overflows;
} brg_rtl_qec_view;

typedef struct brg_rtl_out {
    bool awready, wready, bvalid;
    uint8_t bresp;
    bool arready, rvalid;
    uint32_t rdata;
    uint8_t rresp;
    bool m_arvalid;
    uint8_t m_arid;
    uint64_t m_araddr;
    uint8_t m_arlen, m_arsize, m_arburst;
    bool m_rready;
    bool irq;
    /* Why the sequencer waits in this cycle: bit c = an open wait of cause c (0..5), or no word
     * from the control store. With memory or latch open: the page of the query and the plane of it
     * that the word needs; data come in order, and await_issued says that the AR of the next beat
     * (of whatever plane is first missing) was accepted, so that the memory is to blame, not us. */
    uint8_t waiting;
    bool await_word;
    uint16_t await_page;
    uint8_t await_plane;
    bool await_issued;
    uint64_t probe; /* internal state for tests (docs/rtl/brg_controller.md) */
} brg_rtl_out;

/* One slice as the plant sees it at the DPI boundary. */
typedef struct brg_plant_slice {
    uint32_t slice; /* from 1 */
    uint64_t cycle; /* clocks since reset at its first cycle */
    uint64_t wait_cycles[BRG_CAUSE_COUNT];
    uint32_t word[6]; /* control word, index and page bases already added */
    uint64_t duration_cycles;
    /* leaf data version: pages of earlier queries plus the page of the fetch, or of the last one */
    int32_t version;
} brg_plant_slice;

/* What stands behind the DPI imports. A NULL member is a no-op answering 0. */
typedef struct brg_plant_calls {
    void *user;
    void (*begin)(void *user, uint32_t tag);
    void (*slice)(void *user, const brg_plant_slice *slice);
    /* data: 8 words of 64 bits, bit i of the group in bit i%64 of word i/64 */
    void (*leaf)(void *user, int32_t version, uint32_t plane, uint32_t index,
                 const uint64_t data[8]);
    uint64_t (*readout)(void *user);
    void (*end)(void *user, uint32_t tag, uint32_t status);
    void (*observe)(void *user, double *infidelity, double *norm);
    double (*population)(void *user, uint32_t layer);
} brg_plant_calls;

typedef struct brg_rtl brg_rtl;

/* fst_path: write waves there, NULL for none (BRG_EIO when it cannot be opened). calls: copied. */
int brg_rtl_new(brg_rtl **out, const brg_plant_calls *calls, const char *fst_path);
void brg_rtl_destroy(brg_rtl **rtl); /* closes the waves */

brg_rtl_in *brg_rtl_inputs(brg_rtl *rtl);
const brg_rtl_out *brg_rtl_outputs(const brg_rtl *rtl);

/* Shows this from the next settle on; all zero after brg_rtl_new. No output depends on it. */
void brg_rtl_show_qec(brg_rtl *rtl, const brg_rtl_qec_view *view);

/* A cycle: set inputs, brg_rtl_settle (outputs are then those just before the edge: handshakes are
 * decided), then brg_rtl_edge at the time of the rising edge. Times in ps, never decreasing; they
 * only place the edges in the waves. */
void brg_rtl_settle(brg_rtl *rtl, uint64_t time_ps);
void brg_rtl_edge(brg_rtl *rtl, uint64_t time_ps);
/* Idle skip. After brg_rtl_settle: the number of cycles that may be left out now, 0 when something
 * happens, UINT32_MAX for as long as the inputs stay. In this cycle and in so many more no output
 * changes and the plant is not called, if no input changes in any of them. */
uint32_t brg_rtl_quiet(const brg_rtl *rtl);
/* Like 1 + skip edges of which the last stands at time_ps, in one evaluation; skip <=
 * brg_rtl_quiet. All counters, those of the plant's calls too, are what they would be. */
void brg_rtl_edge_skip(brg_rtl *rtl, uint64_t time_ps, uint32_t skip);
uint64_t brg_rtl_cycles(const brg_rtl *rtl); /* rising edges since reset, skipped ones too */
/* True once an assertion in the RTL has failed. */
bool brg_rtl_failed(const brg_rtl *rtl);

#ifdef __cplusplus
}
#endif
#endif
