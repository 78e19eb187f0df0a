// SPDX-License-Identifier: Apache-2.0
// The C face of sequencer_face.h over Verilator's model.
#include "sequencer_face.h"

#include <verilated.h>

#include <cstring>
#include <memory>

#include "Vbrg_sequencer.h"

struct seq_face {
    VerilatedContext context;
    std::unique_ptr<Vbrg_sequencer> model;
};

extern "C" {

seq_face *seq_face_new(void) {
    auto face = std::make_unique<seq_face>();
    Verilated::threadContextp(&face->context);
    face->context.fatalOnError(false);
    face->model = std::make_unique<Vbrg_sequencer>(&face->context, "TOP");
    return face.release();
}

void seq_face_destroy(seq_face **face) {
    if (*face) Verilated::threadContextp(&(*face)->context);
    delete *face;
    *face = nullptr;
}

void seq_face_settle(seq_face *face, const seq_in *in, seq_out *out) {
    Vbrg_sequencer &m = *face->model;
    m.clk_i = 0;
    m.rst_ni = in->rst_n;
    m.enable_i = in->enable;
    m.abort_i = in->abort;
    m.host_flag_i = in->host_flag;
    m.address_width_i = in->n;
    m.word_width_i = in->k;
    m.pages_i = in->pages;
    m.skip_i = 0;
    m.entry_i = in->entry;
    m.length_i = in->length;
    m.watchdog_i = in->watchdog;
    for (int i = 0; i < 16; i++) m.durations_i[i] = in->durations[i];
    m.loop_counts_i = 0;
    for (int i = 3; i >= 0; i--) m.loop_counts_i = m.loop_counts_i << 16 | in->loop_counts[i];
    m.query_valid_i = in->query_valid;
    m.query_tag_i = in->query_tag;
    m.store_valid_i = in->store_valid;
    m.store_error_i = in->store_error;
    for (int i = 0; i < 6; i++) m.word_i[i] = in->word[i];
    m.path_idle_i = in->path_idle;
    m.page_ready_i = in->page_ready;
    m.page_buffered_i = in->page_buffered;
    m.planes_ready_i = in->planes_ready;
    m.planes_buffered_i = in->planes_buffered;
    m.page_error_i = in->page_error;
    m.pulse_ready_i = in->pulse_ready;
    m.decoder_ready_i = in->decoder_ready;
    m.readout_valid_i = in->readout_valid;
    m.readout_bits_i = in->readout_bits;
    m.result_ready_i = in->result_ready;
    Verilated::threadContextp(&face->context);
    m.eval();

    std::memset(out, 0, sizeof *out);
    out->query_ready = m.query_ready_o;
    out->store_enable = m.store_enable_o;
    if (out->store_enable) out->store_address = m.store_address_o;
    out->path_begin = m.path_begin_o;
    out->path_end = m.path_end_o;
    out->path_flush = m.path_flush_o;
    if (m.begin_o || m.end_o) out->tag = m.tag_o;
    if (m.end_o) out->end_status = m.end_status_o;
    out->slice = m.slice_valid_o;
    if (out->slice) {
        out->slice_number = m.slice_number_o;
        for (int i = 0; i < 7; i++) out->waits[i] = m.slice_waits_o[i];
        for (int i = 0; i < 6; i++) out->word[i] = m.slice_word_o[i];
        out->page = m.slice_page_o;
        out->duration = m.slice_duration_o;
    }
    out->readout_start = m.readout_start_o;
    if (out->readout_start) out->readout_cycles = m.readout_cycles_o;
    out->result = m.result_valid_o;
    if (out->result) {
        out->result_bits = m.result_data_o[0] | static_cast<uint64_t>(m.result_data_o[1]) << 32;
        out->result_tag = static_cast<uint16_t>(m.result_data_o[2] & 0xffffu);
        out->result_status = static_cast<uint8_t>(m.result_data_o[2] >> 16 & 0xfu);
    }
    out->busy = m.busy_o;
    out->aborting = m.aborting_o;
    out->page_current = m.page_current_o;
    out->planes_fetched = m.planes_fetched_o;
    out->waiting = m.waiting_o;
    out->await_word = m.await_word_o;
    if (out->waiting & 3) {
        out->await_page = m.await_page_o;
        out->await_plane = m.await_plane_o;
    }
}

uint32_t seq_face_quiet(const seq_face *face) {
    return face->model->quiet_cycles_o;
}

void seq_face_edge(seq_face *face, uint32_t skip) {
    Verilated::threadContextp(&face->context);
    face->model->skip_i = skip;
    face->model->eval();
    face->model->clk_i = 1;
    face->model->eval();
}

bool seq_face_failed(const seq_face *face) {
    return face->context.gotError();
}

}  // extern "C"
