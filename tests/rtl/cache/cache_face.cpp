// SPDX-License-Identifier: Apache-2.0
// C face of the verilated brg_cache.
#include "cache_face.h"

#include <new>

#include "Vbrg_cache.h"
#include "verilated.h"

struct cache_face {
    VerilatedContext context;
    Vbrg_cache top{&context};
};

namespace {

void put(VlWide<8> &pin, const uint64_t *words) {
    for (std::size_t i = 0; i < 8; i++) {
        pin[i] = static_cast<uint32_t>(words[i / 2] >> (i % 2 * 32));
    }
}

void get(uint64_t *words, const VlWide<8> &pin) {
    for (std::size_t i = 0; i < 4; i++) {
        words[i] = static_cast<uint64_t>(pin[2 * i]) | static_cast<uint64_t>(pin[2 * i + 1]) << 32;
    }
}

}  // namespace

cache_face *cache_face_new(void) {
    return new (std::nothrow) cache_face;
}

void cache_face_cycle(cache_face *face, const cache_in *in, cache_out *out) {
    Vbrg_cache &t = face->top;
    t.rst_ni = in->rst_n;
    t.skip_i = in->skip;
    t.enable_i = in->enable;
    t.ways_log2_i = in->ways_log2;
    t.sets_log2_i = in->sets_log2;
    t.line_log2_i = in->line_log2;
    t.policy_i = in->policy;
    t.seed_i = in->seed;
    t.ecc_i = in->ecc;
    t.prefetch_kind_i = in->prefetch_kind;
    t.prefetch_depth_i = in->prefetch_depth;
    t.flush_i = in->flush;
    t.invalidate_i = in->invalidate;
    t.hint_valid_i = in->hint_valid;
    t.hint_base_i = in->hint_base;
    t.hint_bytes_i = in->hint_bytes;
    t.inject_data_i = in->inject_data;
    t.inject_tag_i = in->inject_tag;
    t.inject_evict_i = in->inject_evict;
    t.inject_wait_i = in->inject_wait;
    t.inject_word_i = in->inject_word;
    t.inject_mask_i[0] = static_cast<uint32_t>(in->inject_mask);
    t.inject_mask_i[1] = static_cast<uint32_t>(in->inject_mask >> 32);
    t.inject_mask_i[2] = in->inject_check_mask;
    t.s_axi_arvalid_i = in->ar.valid;
    t.s_axi_arid_i = in->ar.id;
    t.s_axi_araddr_i = in->ar.addr;
    t.s_axi_arlen_i = in->ar.len;
    t.s_axi_arsize_i = in->ar.size;
    t.s_axi_arburst_i = in->ar.burst;
    t.s_axi_rready_i = in->rready;
    t.s_axi_awvalid_i = in->aw.valid;
    t.s_axi_awid_i = in->aw.id;
    t.s_axi_awaddr_i = in->aw.addr;
    t.s_axi_awlen_i = in->aw.len;
    t.s_axi_awsize_i = in->aw.size;
    t.s_axi_awburst_i = in->aw.burst;
    t.s_axi_wvalid_i = in->w.valid;
    put(t.s_axi_wdata_i, in->w.data);
    t.s_axi_wstrb_i = in->w.strb;
    t.s_axi_wlast_i = in->w.last;
    t.s_axi_bready_i = in->bready;
    t.m_axi_arready_i = in->arready;
    t.m_axi_rvalid_i = in->r.valid;
    t.m_axi_rid_i = in->r.id;
    put(t.m_axi_rdata_i, in->r.data);
    t.m_axi_rresp_i = in->r.resp;
    t.m_axi_rlast_i = in->r.last;
    t.m_axi_awready_i = in->awready;
    t.m_axi_wready_i = in->wready;
    t.m_axi_bvalid_i = in->b.valid;
    t.m_axi_bid_i = in->b.id;
    t.m_axi_bresp_i = in->b.resp;
    t.stat_index_i = in->stat_index;
    t.stat_clear_i = in->stat_clear;
    t.clk_i = 0;
    t.eval();
    out->arready = t.s_axi_arready_o;
    out->awready = t.s_axi_awready_o;
    out->wready = t.s_axi_wready_o;
    out->r.valid = t.s_axi_rvalid_o;
    out->r.id = t.s_axi_rid_o;
    out->r.resp = t.s_axi_rresp_o;
    out->r.last = t.s_axi_rlast_o;
    if (out->r.valid) get(out->r.data, t.s_axi_rdata_o);
    out->b.valid = t.s_axi_bvalid_o;
    out->b.id = t.s_axi_bid_o;
    out->b.resp = t.s_axi_bresp_o;
    out->ar.valid = t.m_axi_arvalid_o;
    out->ar.id = t.m_axi_arid_o;
    out->ar.addr = t.m_axi_araddr_o;
    out->ar.len = t.m_axi_arlen_o;
    out->ar.size = t.m_axi_arsize_o;
    out->ar.burst = t.m_axi_arburst_o;
    out->rready = t.m_axi_rready_o;
    out->aw.valid = t.m_axi_awvalid_o;
    out->aw.id = t.m_axi_awid_o;
    out->aw.addr = t.m_axi_awaddr_o;
    out->aw.len = t.m_axi_awlen_o;
    out->aw.size = t.m_axi_awsize_o;
    out->aw.burst = t.m_axi_awburst_o;
    out->w.valid = t.m_axi_wvalid_o;
    out->w.last = t.m_axi_wlast_o;
    out->w.strb = t.m_axi_wstrb_o;
    if (out->w.valid) get(out->w.data, t.m_axi_wdata_o);
    out->bready = t.m_axi_bready_o;
    out->flush_ack = t.flush_ack_o;
    out->hint_ready = t.hint_ready_o;
    out->inject_armed = t.inject_armed_o;
    out->head_state = t.head_state_o;
    out->head_line = t.head_line_o;
    out->look_valid = t.look_valid_o;
    out->look_kind = t.look_kind_o;
    out->look_write = t.look_write_o;
    out->look_addr = t.look_addr_o;
    out->look_way = t.look_way_o;
    out->look_dirty = t.look_dirty_o;
    out->look_bad_tags = t.look_bad_tags_o;
    out->bad_data = t.bad_data_o;
    out->bad_words = t.bad_words_o;
    out->bad_addr = t.bad_addr_o;
    out->idle = t.idle_o;
    out->quiet_cycles = t.quiet_cycles_o;
    out->stat_value = t.stat_value_o;
    t.clk_i = 1;
    t.eval();
}

void cache_face_destroy(cache_face **face) {
    if (*face) {
        (*face)->top.final();
        delete *face;
        *face = nullptr;
    }
}
