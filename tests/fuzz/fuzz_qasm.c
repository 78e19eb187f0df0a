/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target of OpenQASM: reading, checking, and a bounded run of what is accepted on up to eight
 * qubits. A run that succeeds must give its shots and probabilities in full. */
#include <math.h>
#include <string.h>

#include "csim/qasm/qasm.h"
#include "fuzz.h"

enum { SHOTS = 3, MOST_QUBITS = 8, MOST_STEPS = 3000 };

static void check_result(const brg_qasm_config *config, const brg_qasm_result *r) {
    uint64_t shots = 0;
    double sum = 0;
    for (size_t i = 0; i < r->count_entries; i++) shots += r->counts[i].count;
    FUZZ_CHECK(shots == config->shots);
    for (size_t i = 0; i < r->probability_entries; i++) {
        FUZZ_CHECK(strlen(r->probabilities[i].bits) == r->qubits);
        sum += r->probabilities[i].probability;
    }
    if (config->probabilities) FUZZ_CHECK(fabs(sum - 1) < 1e-6);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    brg_qasm *p = NULL;
    brg_diag *diag = NULL;
    if (brg_diag_new(&diag)) return 0;
    const int status = brg_qasm_parse(&p, (const char *)data, size, "fuzz.qasm", NULL, NULL, diag);
    FUZZ_CHECK((status == BRG_OK) == (p != NULL));
    FUZZ_CHECK((status == BRG_OK) == (brg_diag_count(diag) == 0));
    uint32_t width = 0;
    for (size_t i = 0; p && i < brg_qasm_table_count(p); i++)
        width |= brg_qasm_table_at(p, i)->address_width >> 3;
    if (p && brg_qasm_qubits(p) <= MOST_QUBITS && !width) {
        const brg_qasm_input input = {"x", "1"};
        const bool noisy = size & 1;
        const brg_qasm_config config = {.shots = SHOTS,
                                        .seed = 1,
                                        .probabilities = true,
                                        .max_steps = MOST_STEPS,
                                        .jobs = 1,
                                        .plain_gates = (size & 2) != 0,
                                        .inputs = &input,
                                        .input_count = size & 4 ? 1 : 0,
                                        .noise = {noisy, 1000, 500, 10, 20, 30, 40, 50}};
        brg_qasm_result result;
        const int ran = brg_qasm_run(p, &config, &result, diag);
        FUZZ_CHECK((ran == BRG_OK) == (brg_diag_count(diag) == 0));
        if (ran == BRG_OK) check_result(&config, &result);
        brg_qasm_result_free(&result);
    }
    brg_qasm_destroy(&p);
    brg_diag_destroy(&diag);
    return 0;
}
