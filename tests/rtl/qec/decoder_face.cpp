// SPDX-License-Identifier: Apache-2.0
// C face of the verilated brg_qec_decoder.
#include <new>

#include "Vbrg_qec_decoder.h"
#include "qec_face.h"
#include "verilated.h"

struct qec_decoder_face {
    VerilatedContext context;
    Vbrg_qec_decoder top{&context};
};

namespace {
constexpr int kChecks = (QEC_DISTANCE * QEC_DISTANCE - 1) / 2;

// Ports of up to 32, of up to 64, and of more bits are of three types.
template <typename T>
void put(T &port, const uint8_t *bits, int count) {
    port = 0;
    for (int i = 0; i < count; i++) port |= static_cast<T>(bits[i]) << i;
}
template <std::size_t W>
void put(VlWide<W> &port, const uint8_t *bits, int count) {
    for (std::size_t w = 0; w < W; w++) port[w] = 0;
    for (int i = 0; i < count; i++) port[i / 32] |= static_cast<uint32_t>(bits[i]) << (i % 32);
}
template <typename T>
void get(const T &port, uint8_t *bits, int count) {
    for (int i = 0; i < count; i++) bits[i] = port >> i & 1;
}
template <std::size_t W>
void get(const VlWide<W> &port, uint8_t *bits, int count) {
    for (int i = 0; i < count; i++) bits[i] = port[i / 32] >> (i % 32) & 1;
}
}  // namespace

qec_decoder_face *qec_decoder_face_new(void) {
    return new (std::nothrow) qec_decoder_face;
}

int qec_decoder_face_distance(void) {
    return QEC_DISTANCE;
}
int qec_decoder_face_layers(void) {
    return QEC_LAYERS;
}
int qec_decoder_face_basis(void) {
    return QEC_BASIS;
}

void qec_decoder_face_cycle(qec_decoder_face *face, const qec_decoder_in *in, bool load,
                            qec_decoder_out *out) {
    Vbrg_qec_decoder &top = face->top;
    top.rst_ni = in->rst_n;
    top.clear_i = in->clear;
    top.start_valid_i = in->start_valid;
    top.done_ready_i = in->done_ready;
    top.layers_i = in->layers;
    top.commit_i = in->commit;
    top.open_i = in->open;
    if (load) put(top.events_i, in->events, kChecks * QEC_LAYERS);
    top.clk_i = 0;
    top.eval();
    out->start_ready = top.start_ready_o;
    out->done_valid = top.done_valid_o;
    out->observable = top.observable_o;
    out->cycles = top.cycles_o;
    out->state = top.state_o;
    out->tokens = top.tokens_o;
    out->growths = top.growths_o;
    out->quiet = top.quiet_cycles_o;
    if (out->done_valid) {
        get(top.flips_o, out->flips, QEC_DISTANCE * QEC_DISTANCE);
        get(top.residual_o, out->residual, kChecks * QEC_LAYERS);
    }
    top.clk_i = 1;
    top.eval();
}

void qec_decoder_face_destroy(qec_decoder_face **face) {
    if (*face) {
        (*face)->top.final();
        delete *face;
        *face = nullptr;
    }
}
