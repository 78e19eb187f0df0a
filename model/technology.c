/* SPDX-License-Identifier: Apache-2.0 */
/* Technology presets (docs/technologies.md): every value with its source. */
#include "model/technology.h"

#include <string.h>

#define TYPICAL "typical"
#define QISIM "QIsim (ISCA'23) parameters"
#define DERIVED_TPHI "derived: 1/Tphi = 1/T2 - 1/(2 T1)"

/* The constant form of brg_tphi_ns for a preset with T2 < 2*T1. */
#define TPHI_NS(t1_ns, t2_ns) (1.0 / (1.0 / (t2_ns)-1.0 / (2.0 * (t1_ns))))

static const brg_technology presets[] = {
    {
        .name = "transmon",
        .about = "superconducting transmons with the parameters of a 2023 cryogenic design study",
        .cswap_ns = {100, "100 ns class; two-qubit gates of 26-50 ns, " QISIM},
        .latch_swap_ns = {50, "one two-qubit gate, 26-50 ns, " QISIM},
        .register_swap_ns = {50, "one two-qubit gate, 26-50 ns, " QISIM},
        .fetch_ns = {25, TYPICAL},
        .readout_ns = {517, QISIM},
        .t1_ns = {122e3, QISIM},
        .t2_ns = {118e3, QISIM},
        .tphi_ns = {TPHI_NS(122e3, 118e3), DERIVED_TPHI},
        .gate_error_1q = {5e-4, TYPICAL},
        .gate_error_2q = {1.7e-3, QISIM},
        .readout_error = {1e-3, QISIM},
    },
    {
        .name = "transmon_best",
        .about = "the longest-lived published transmons, gates as in transmon",
        .cswap_ns = {100, "100 ns class; two-qubit gates of 26-50 ns, " QISIM},
        .latch_swap_ns = {50, "one two-qubit gate, 26-50 ns, " QISIM},
        .register_swap_ns = {50, "one two-qubit gate, 26-50 ns, " QISIM},
        .fetch_ns = {25, TYPICAL},
        .readout_ns = {500, TYPICAL},
        .t1_ns = {425e3, "arXiv:2407.18778"},
        .t2_ns = {541e3, "arXiv:2407.18778"},
        .tphi_ns = {TPHI_NS(425e3, 541e3), DERIVED_TPHI},
        .gate_error_1q = {1e-4, TYPICAL},
        .gate_error_2q = {1e-3, TYPICAL},
        .readout_error = {1e-3, TYPICAL},
    },
    {
        .name = "cavity3d",
        .about = "bosonic modes of 3D cavities; the transmon ancilla (200 us, arXiv:2302.06442) is "
                 "not simulated, only the modes are",
        .cswap_ns = {1000, "arXiv:2310.08288 code parameters"},
        .latch_swap_ns = {250, TYPICAL},
        .register_swap_ns = {250, TYPICAL},
        .fetch_ns = {250, TYPICAL},
        .readout_ns = {1000, TYPICAL},
        .t1_ns = {25e6, "arXiv:2302.06442"},
        .t2_ns = {34e6, "arXiv:2302.06442"},
        .tphi_ns = {TPHI_NS(25e6, 34e6), DERIVED_TPHI},
        .gate_error_1q = {1e-4, TYPICAL},
        .gate_error_2q = {1e-3, TYPICAL},
        .readout_error = {0.01, "P(g given e), arXiv:2310.08288"},
    },
    {
        .name = "cavity3d_near",
        .about = "bosonic modes of 3D cavities at the lifetimes of present query proposals",
        .cswap_ns = {1000, "arXiv:2310.08288"},
        .latch_swap_ns = {250, TYPICAL},
        .register_swap_ns = {250, TYPICAL},
        .fetch_ns = {250, TYPICAL},
        .readout_ns = {1000, TYPICAL},
        .t1_ns = {0.6e6, "arXiv:2310.08288"},
        .t2_ns = {1.0 / (1.0 / (2.0 * 0.6e6) + 1.0 / 5e6), "derived: 1/T2 = 1/(2 T1) + 1/Tphi"},
        .tphi_ns = {5e6, "arXiv:2310.08288"},
        .gate_error_1q = {1e-4, TYPICAL},
        .gate_error_2q = {1e-3, TYPICAL},
        .readout_error = {0.01, "P(g given e), arXiv:2310.08288"},
    },
    {
        .name = "dual_rail_cavity",
        .about = "dual-rail qubits in two cavities; their erasures are carrier loss, so use it "
                 "with three_level routers (noise.loss_detection: more than 99 % are seen)",
        .cswap_ns = {1000, "1 us class, arXiv:2307.03169"},
        .latch_swap_ns = {250, TYPICAL},
        .register_swap_ns = {250, TYPICAL},
        .fetch_ns = {250, TYPICAL},
        .readout_ns = {2000, TYPICAL},
        .t1_ns = {500e3, "erasure of 0.2 % per us as carrier loss, arXiv:2307.03169"},
        .t2_ns = {0, "not defined for a carrier that can be lost"},
        .tphi_ns = {1500e3,
                    "derived: flips 6 times rarer than erasures (arXiv:2307.03169), flip "
                    "rate 1/(2 Tphi) = 1/(6 T1)"},
        .gate_error_1q = {1e-4, TYPICAL},
        .gate_error_2q = {1e-3, TYPICAL},
        .readout_error = {1e-4, "state preparation and measurement, arXiv:2307.03169"},
    },
    {
        .name = "ion",
        .about = "trapped ions with laser-driven gates and fluorescence readout",
        .cswap_ns = {500e3, "100 us-1 ms class, typical"},
        .latch_swap_ns = {200e3, TYPICAL},
        .register_swap_ns = {200e3, TYPICAL},
        .fetch_ns = {10e3, TYPICAL},
        .readout_ns = {150e3, "arXiv:2511.05465"},
        .t1_ns = {10e9, "seconds, typical"},
        .t2_ns = {2e9, "seconds, typical"},
        .tphi_ns = {TPHI_NS(10e9, 2e9), DERIVED_TPHI},
        .gate_error_1q = {2.5e-5, "arXiv:2511.05465"},
        .gate_error_2q = {7.9e-4, "arXiv:2511.05465"},
        .readout_error = {3.3e-4, "arXiv:2511.05465"},
    },
    {
        .name = "neutral_atom",
        .about = "neutral atoms in optical tweezers with Rydberg gates",
        .cswap_ns = {1000, "1 us class, typical"},
        .latch_swap_ns = {1000, TYPICAL},
        .register_swap_ns = {1000, TYPICAL},
        .fetch_ns = {1000, TYPICAL},
        .readout_ns = {5e6, "within the published 0.5-10 ms, typical"},
        .t1_ns = {100e9, TYPICAL},
        .t2_ns = {12.6e9, "coherence of arXiv:2403.12021"},
        .tphi_ns = {TPHI_NS(100e9, 12.6e9), DERIVED_TPHI},
        .gate_error_1q = {1e-4, TYPICAL},
        .gate_error_2q = {5e-3, "CZ, arXiv:2304.05420"},
        .readout_error = {1e-3, TYPICAL},
    },
    {
        .name = "spin_silicon",
        .about = "electron spins in silicon quantum dots",
        .cswap_ns = {1000, "1 us class, typical"},
        .latch_swap_ns = {500, TYPICAL},
        .register_swap_ns = {500, TYPICAL},
        .fetch_ns = {500, TYPICAL},
        .readout_ns = {10e3, TYPICAL},
        .t1_ns = {1e9, "up to seconds, arXiv:2410.15590"},
        .t2_ns = {200e3, "hundreds of us, arXiv:2410.15590"},
        .tphi_ns = {TPHI_NS(1e9, 200e3), DERIVED_TPHI},
        .gate_error_1q = {1e-3, TYPICAL},
        .gate_error_2q = {6e-3, "middle of CZ 5e-3 to 7e-3, arXiv:2410.15590"},
        .readout_error = {1e-3, "state preparation and measurement, arXiv:2410.15590"},
    },
    {
        .name = "topological",
        .about = "measurement-based qubits of topological superconductors at measured lifetimes",
        .cswap_ns = {100, "100 ns class, arXiv:2507.08795"},
        .latch_swap_ns = {100, TYPICAL},
        .register_swap_ns = {100, TYPICAL},
        .fetch_ns = {100, TYPICAL},
        .readout_ns = {100, "100 ns class, arXiv:2507.08795"},
        .t1_ns = {12.4e6, "lifetime of Z, arXiv:2507.08795"},
        .t2_ns = {14.5e3, "lifetime of X, arXiv:2507.08795"},
        .tphi_ns = {TPHI_NS(12.4e6, 14.5e3), DERIVED_TPHI},
        .gate_error_1q = {1e-3, TYPICAL},
        .gate_error_2q = {1e-2, TYPICAL},
        .readout_error = {5e-3, "assignment of Z (that of X is 16 %), arXiv:2507.08795"},
    },
};

const brg_technology *brg_technology_at(size_t i) {
    return i < sizeof presets / sizeof presets[0] ? &presets[i] : NULL;
}

const brg_technology *brg_technology_find(const char *name) {
    if (name == NULL) return NULL;
    for (size_t i = 0; i < sizeof presets / sizeof presets[0]; i++)
        if (strcmp(presets[i].name, name) == 0) return &presets[i];
    return NULL;
}

double brg_tphi_ns(double t1_ns, double t2_ns) {
    if (!(t2_ns > 0)) return 0;
    const double from_t1 = t1_ns > 0 ? 1.0 / (2.0 * t1_ns) : 0;
    const double rate = 1.0 / t2_ns - from_t1;
    /* T2 = 2*T1 given in decimal may leave a rate of rounding error; that is no dephasing. */
    return rate > 1e-9 / t2_ns ? 1.0 / rate : 0;
}

void brg_technology_classes(const brg_technology *t, double class_ns[BRG_CLASS_COUNT]) {
    for (int i = 0; i < BRG_CLASS_COUNT; i++) class_ns[i] = 0;
    class_ns[BRG_CLASS_CSWAP] = t->cswap_ns.value;
    class_ns[BRG_CLASS_LATCH_SWAP] = t->latch_swap_ns.value;
    class_ns[BRG_CLASS_REGISTER_SWAP] = t->register_swap_ns.value;
    class_ns[BRG_CLASS_FETCH] = t->fetch_ns.value;
    /* A register SWAP with one more control, and an idle slice as long as the longest, are both
     * taken as a CSWAP. */
    class_ns[BRG_CLASS_CONTROLLED_SWAP] = t->cswap_ns.value;
    class_ns[BRG_CLASS_IDLE] = t->cswap_ns.value;
    class_ns[BRG_CLASS_READOUT] = t->readout_ns.value;
}
