// SPDX-License-Identifier: Apache-2.0
// C face of the verilated mux_rig.
#include "mux_face.h"

#include <new>

#include "Vmux_rig.h"
#include "verilated.h"

struct mux_model {
    VerilatedContext context;
    Vmux_rig top{&context};
};

mux_model *mux_model_new(void) {
    return new (std::nothrow) mux_model;
}

template <typename T>
static void put(T &vector, int i, bool bit) {
    vector = static_cast<T>((vector & ~(1u << i)) | (static_cast<unsigned>(bit) << i));
}

void mux_model_eval(mux_model *model, mux_pins *pins) {
    Vmux_rig &t = model->top;
    t.rst_ni = pins->rst_n;
    for (int i = 0; i < MUX_MASTERS; i++) {
        const mux_bus &m = pins->master[i];
        put(t.aw_valid_i, i, m.aw.valid);
        put(t.ar_valid_i, i, m.ar.valid);
        put(t.w_valid_i, i, m.w.valid);
        put(t.w_last_i, i, m.w.last);
        put(t.b_ready_i, i, m.b.ready);
        put(t.r_ready_i, i, m.r.ready);
        t.aw_id_i[i] = m.aw.id;
        t.aw_addr_i[i] = m.aw.addr;
        t.aw_shape_i[i] = m.aw.shape;
        t.ar_id_i[i] = m.ar.id;
        t.ar_addr_i[i] = m.ar.addr;
        t.ar_shape_i[i] = m.ar.shape;
        t.w_data_i[i] = m.w.data;
        t.w_strb_i[i] = m.w.strb;
    }
    mux_bus &s = pins->slave;
    t.m_aw_ready_i = s.aw.ready;
    t.m_w_ready_i = s.w.ready;
    t.m_ar_ready_i = s.ar.ready;
    t.m_b_valid_i = s.b.valid;
    t.m_b_id_i = s.b.id;
    t.m_b_resp_i = s.b.resp;
    t.m_r_valid_i = s.r.valid;
    t.m_r_id_i = s.r.id;
    t.m_r_resp_i = s.r.resp;
    t.m_r_data_i = s.r.data;
    t.m_r_last_i = s.r.last;
    t.eval();
    for (int i = 0; i < MUX_MASTERS; i++) {
        mux_bus &m = pins->master[i];
        m.aw.ready = t.aw_ready_o >> i & 1;
        m.ar.ready = t.ar_ready_o >> i & 1;
        m.w.ready = t.w_ready_o >> i & 1;
        m.b.valid = t.b_valid_o >> i & 1;
        m.b.id = t.b_id_o[i];
        m.b.resp = t.b_resp_o[i];
        m.r.valid = t.r_valid_o >> i & 1;
        m.r.last = t.r_last_o >> i & 1;
        m.r.whole = t.r_whole_o >> i & 1;
        m.r.id = t.r_id_o[i];
        m.r.resp = t.r_resp_o[i];
        m.r.data = t.r_data_o[i];
    }
    s.aw.valid = t.m_aw_valid_o;
    s.aw.id = t.m_aw_id_o;
    s.aw.addr = t.m_aw_addr_o;
    s.aw.shape = t.m_aw_shape_o;
    s.ar.valid = t.m_ar_valid_o;
    s.ar.id = t.m_ar_id_o;
    s.ar.addr = t.m_ar_addr_o;
    s.ar.shape = t.m_ar_shape_o;
    s.w.valid = t.m_w_valid_o;
    s.w.data = t.m_w_data_o;
    s.w.strb = t.m_w_strb_o;
    s.w.last = t.m_w_last_o;
    s.w.whole = t.m_w_whole_o;
    s.b.ready = t.m_b_ready_o;
    s.r.ready = t.m_r_ready_o;
    pins->stray = t.stray_o;
    pins->quiet = t.quiet_o;
}

void mux_model_edge(mux_model *model) {
    model->top.clk_i = 1;
    model->top.eval();
    model->top.clk_i = 0;
    model->top.eval();
}

void mux_model_destroy(mux_model **model) {
    if (*model) {
        (*model)->top.final();
        delete *model;
        *model = nullptr;
    }
}
