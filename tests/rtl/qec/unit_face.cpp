// SPDX-License-Identifier: Apache-2.0
// C face of the verilated brg_qec_unit, with waves on request.
#include <memory>
#include <new>

#include "Vbrg_qec_unit.h"
#include "qec_face.h"
#include "verilated.h"
#include "verilated_fst_c.h"

struct qec_unit_face {
    VerilatedContext context;
    Vbrg_qec_unit top{&context};
    std::unique_ptr<VerilatedFstC> waves;
    uint64_t edge_ps = 0;
};

qec_unit_face *qec_unit_face_new(const char *waves) {
    auto *face = new (std::nothrow) qec_unit_face;
    if (face && waves) {
        face->context.traceEverOn(true);
        face->waves = std::make_unique<VerilatedFstC>();
        face->top.trace(face->waves.get(), 99);
        face->waves->open(waves);
    }
    return face;
}

int qec_unit_face_distance(void) {
    return QEC_DISTANCE;
}
int qec_unit_face_layers(void) {
    return QEC_LAYERS;
}
int qec_unit_face_commit(void) {
    return QEC_COMMIT;
}
int qec_unit_face_basis(void) {
    return QEC_BASIS;
}

void qec_unit_face_cycle(qec_unit_face *face, const qec_unit_in *in, qec_unit_out *out) {
    Vbrg_qec_unit &top = face->top;
    top.rst_ni = in->rst_n;
    top.clear_i = in->clear;
    top.skip_i = in->skip;
    top.depth_i = in->depth;
    top.back_pressure_i = in->back_pressure;
    top.in_valid_i = in->in_valid;
    top.in_syndrome_i = in->syndrome;
    top.in_last_i = in->in_last;
    top.update_ready_i = in->update_ready;
    top.clk_i = 0;
    top.eval();
    if (face->waves) face->waves->dump(face->edge_ps);
    face->edge_ps += 2000;
    out->in_ready = top.in_ready_o;
    out->update_valid = top.update_valid_o;
    out->update_last = top.update_last_o;
    out->overflow = top.overflow_o;
    out->idle = top.idle_o;
    out->observable = top.update_observable_o;
    out->rounds = top.update_rounds_o;
    out->cycles = top.update_cycles_o;
    out->frame_observable = top.frame_observable_o;
    out->lost = top.lost_o;
    out->level = top.level_o;
    out->high_water = top.high_water_o;
    out->held_cycles = top.held_cycles_o;
    out->busy_cycles = top.busy_cycles_o;
    out->state = top.decoder_state_o;
    out->tokens = top.tokens_o;
    out->growths = top.growths_o;
    out->held_rounds = top.held_rounds_o;
    out->quiet = top.quiet_cycles_o;
    out->flips = top.update_flips_o;
    out->frame = top.frame_flips_o;
    top.clk_i = 1;
    top.eval();
    if (face->waves) face->waves->dump(face->edge_ps);
    face->edge_ps += 2000;
}

void qec_unit_face_destroy(qec_unit_face **face) {
    if (*face) {
        if ((*face)->waves) (*face)->waves->close();
        (*face)->top.final();
        delete *face;
        *face = nullptr;
    }
}
