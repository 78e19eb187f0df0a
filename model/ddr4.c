/* SPDX-License-Identifier: Apache-2.0 */
/* DDR4 parts and what follows from their tables: closed forms, energy, configuration vectors. */
#include "model/ddr4.h"

#include <string.h>

/* 8 Gb x8 devices, eight to a rank. Timings by JESD79-4 speed bins DDR4-2400T and DDR4-3200AA,
 * rounded up to clocks; currents are those of the 8 Gb x8 presets of DRAMsim3. */
static const brg_ddr4_part presets[] = {
    {
        .name = "DDR4-2400",
        .tck_ps = 833,
        .timing = {[BRG_DDR4_CL] = 17,     [BRG_DDR4_CWL] = 12,  [BRG_DDR4_RCD] = 17,
                   [BRG_DDR4_RP] = 17,     [BRG_DDR4_RAS] = 39,  [BRG_DDR4_RC] = 56,
                   [BRG_DDR4_BURST] = 4,   [BRG_DDR4_CCD_S] = 4, [BRG_DDR4_CCD_L] = 6,
                   [BRG_DDR4_RRD_S] = 4,   [BRG_DDR4_RRD_L] = 6, [BRG_DDR4_FAW] = 26,
                   [BRG_DDR4_WTR_S] = 3,   [BRG_DDR4_WTR_L] = 9, [BRG_DDR4_WR] = 18,
                   [BRG_DDR4_RTP] = 9,     [BRG_DDR4_RTW] = 11,  [BRG_DDR4_RFC] = 421,
                   [BRG_DDR4_REFI] = 9363, [BRG_DDR4_XP] = 8,    [BRG_DDR4_CKE] = 6,
                   [BRG_DDR4_XS] = 432,    [BRG_DDR4_RTRS] = 1},
        .rfc2 = 312,
        .rfc4 = 192,
        .vdd_v = 1.2,
        .idd0_ma = 48,
        .idd2n_ma = 34,
        .idd3n_ma = 43,
        .idd4r_ma = 135,
        .idd4w_ma = 123,
        .idd5ab_ma = 250,
        .idd2p_ma = 25,
    },
    {
        .name = "DDR4-3200",
        .tck_ps = 625,
        .timing = {[BRG_DDR4_CL] = 22,      [BRG_DDR4_CWL] = 16,   [BRG_DDR4_RCD] = 22,
                   [BRG_DDR4_RP] = 22,      [BRG_DDR4_RAS] = 52,   [BRG_DDR4_RC] = 74,
                   [BRG_DDR4_BURST] = 4,    [BRG_DDR4_CCD_S] = 4,  [BRG_DDR4_CCD_L] = 8,
                   [BRG_DDR4_RRD_S] = 4,    [BRG_DDR4_RRD_L] = 8,  [BRG_DDR4_FAW] = 34,
                   [BRG_DDR4_WTR_S] = 4,    [BRG_DDR4_WTR_L] = 12, [BRG_DDR4_WR] = 24,
                   [BRG_DDR4_RTP] = 12,     [BRG_DDR4_RTW] = 12,   [BRG_DDR4_RFC] = 560,
                   [BRG_DDR4_REFI] = 12480, [BRG_DDR4_XP] = 10,    [BRG_DDR4_CKE] = 8,
                   [BRG_DDR4_XS] = 576,     [BRG_DDR4_RTRS] = 1},
        .rfc2 = 416,
        .rfc4 = 256,
        .vdd_v = 1.2,
        .idd0_ma = 57,
        .idd2n_ma = 37,
        .idd3n_ma = 52,
        .idd4r_ma = 168,
        .idd4w_ma = 150,
        .idd5ab_ma = 250,
        .idd2p_ma = 25,
    },
};

enum { DEVICES = 8 };

const brg_ddr4_part *brg_ddr4_part_at(size_t i) {
    return i < sizeof presets / sizeof presets[0] ? &presets[i] : NULL;
}

const brg_ddr4_part *brg_ddr4_part_find(const char *name) {
    if (name == NULL) return NULL;
    for (size_t i = 0; i < sizeof presets / sizeof presets[0]; i++)
        if (strcmp(presets[i].name, name) == 0) return &presets[i];
    return NULL;
}

uint32_t brg_ddr4_idle_latency(const brg_ddr4_part *part, brg_ddr4_row_state state) {
    const uint16_t *t = part->timing;
    uint32_t clocks = (uint32_t)t[BRG_DDR4_CL] + t[BRG_DDR4_BURST];
    if (state != BRG_DDR4_HIT) clocks += t[BRG_DDR4_RCD];
    if (state == BRG_DDR4_CONFLICT) clocks += t[BRG_DDR4_RP];
    return clocks;
}

double brg_ddr4_stream_limit(const brg_ddr4_part *part) {
    return 64.0 / (part->timing[BRG_DDR4_CCD_S] * (double)part->tck_ps * 1e-12);
}

double brg_ddr4_random_limit(const brg_ddr4_part *part) {
    const uint16_t *t = part->timing;
    double clocks = t[BRG_DDR4_FAW] / 4.0;
    if (clocks < t[BRG_DDR4_RRD_S]) clocks = t[BRG_DDR4_RRD_S];
    if (clocks < t[BRG_DDR4_CCD_S]) clocks = t[BRG_DDR4_CCD_S];
    return 64.0 / (clocks * (double)part->tck_ps * 1e-12);
}

double brg_ddr4_refresh_factor(const brg_ddr4_part *part) {
    return 1.0 - (double)part->timing[BRG_DDR4_RFC] / part->timing[BRG_DDR4_REFI];
}

brg_ddr4_energy brg_ddr4_energy_of(const brg_ddr4_part *part) {
    const uint16_t *t = part->timing;
    /* V * mA * ns = pJ, of all devices of the rank. */
    const double scale = part->vdd_v * DEVICES;
    const double tck_ns = part->tck_ps * 1e-3;
    const double ras = t[BRG_DDR4_RAS] * tck_ns, rc = t[BRG_DDR4_RC] * tck_ns;
    const double burst = t[BRG_DDR4_BURST] * tck_ns, rfc = t[BRG_DDR4_RFC] * tck_ns;
    brg_ddr4_energy e;
    e.activate_pj =
        scale * (part->idd0_ma * rc - part->idd3n_ma * ras - part->idd2n_ma * (rc - ras));
    e.read_pj = scale * (part->idd4r_ma - part->idd3n_ma) * burst;
    e.write_pj = scale * (part->idd4w_ma - part->idd3n_ma) * burst;
    e.refresh_pj = scale * (part->idd5ab_ma - part->idd2n_ma) * rfc;
    e.active_standby_mw = scale * part->idd3n_ma;
    e.precharge_standby_mw = scale * part->idd2n_ma;
    e.power_down_mw = scale * part->idd2p_ma;
    return e;
}

brg_ddr4_policy brg_ddr4_policy_default(void) {
    return (brg_ddr4_policy){
        .map = BRG_DDR4_ROCHRABACOBG, .refresh = true, .ranks = 1, .starvation = 2048};
}

int brg_ddr4_policy_pack(uint32_t *word, const brg_ddr4_policy *p) {
    if (p->map < 0 || p->map >= BRG_DDR4_MAPS || p->postpone > 8 || p->ranks < 1 || p->ranks > 2)
        return BRG_EINVAL;
    *word = (p->in_order ? 1u : 0u) | (p->closed_page ? 2u : 0u) | (uint32_t)p->map << 2 |
            (p->refresh ? 1u << 5 : 0u) | (uint32_t)p->postpone << 6 |
            (p->ranks == 2 ? 1u << 10 : 0u) | (uint32_t)p->starvation << 16;
    return BRG_OK;
}

int brg_ddr4_timing_pack(uint32_t words[BRG_DDR4_TIMING_WORDS], const brg_ddr4_part *part,
                         unsigned refresh_mode) {
    uint16_t fields[2 * BRG_DDR4_TIMING_WORDS] = {0};
    memcpy(fields, part->timing, sizeof part->timing);
    switch (refresh_mode) {
        case 1:
            break;
        case 2:
            fields[BRG_DDR4_RFC] = part->rfc2;
            fields[BRG_DDR4_REFI] = part->timing[BRG_DDR4_REFI] / 2;
            break;
        case 4:
            fields[BRG_DDR4_RFC] = part->rfc4;
            fields[BRG_DDR4_REFI] = part->timing[BRG_DDR4_REFI] / 4;
            break;
        default:
            return BRG_EINVAL;
    }
    for (int i = 0; i < BRG_DDR4_TIMING_WORDS; i++)
        words[i] = fields[2 * i] | (uint32_t)fields[2 * i + 1] << 16;
    return BRG_OK;
}

const char *brg_ddr4_violation_name(unsigned code) {
    static const char *const names[BRG_DDR4_ERR_CODES] = {"CL",
                                                          "CWL",
                                                          "tRCD",
                                                          "tRP",
                                                          "tRAS",
                                                          "tRC",
                                                          "BL",
                                                          "tCCD_S",
                                                          "tCCD_L",
                                                          "tRRD_S",
                                                          "tRRD_L",
                                                          "tFAW",
                                                          "tWTR_S",
                                                          "tWTR_L",
                                                          "tWR",
                                                          "tRTP",
                                                          "tRTW",
                                                          "tRFC",
                                                          "tREFI",
                                                          "tXP",
                                                          "tCKE",
                                                          "tXS",
                                                          "tRTRS",
                                                          "data bus overlap",
                                                          "RD or WR without an open row",
                                                          "RD or WR of another row",
                                                          "ACT of an open bank",
                                                          "REF with open rows",
                                                          "command in power-down",
                                                          "unknown command"};
    return code < BRG_DDR4_ERR_CODES ? names[code] : "no violation";
}
