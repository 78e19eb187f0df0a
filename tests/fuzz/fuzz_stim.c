/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target of circuits: what is read can be written and read again to the same bytes; small
 * circuits are simulated and turned into error models. A model without mechanisms means that the
 * detectors are the same in every shot. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "model/ecc/dem.h"
#include "model/ecc/sampler.h"

enum { MOST_QUBITS = 40, MOST_STEPS = 3000, MOST_RECORDS = 400 };

static char *written(const brg_circuit *c, const brg_dem *dem, size_t *length) {
    char *text = NULL;
    FILE *to = open_memstream(&text, length);
    FUZZ_CHECK(to != NULL);
    FUZZ_CHECK((c ? brg_circuit_write(c, to) : brg_dem_write(dem, to)) == BRG_OK);
    fclose(to);
    return text;
}

static void check_round_trip(const brg_circuit *c) {
    size_t length = 0, again_length = 0;
    char *text = written(c, NULL, &length);
    brg_circuit *again = NULL;
    FUZZ_CHECK(brg_circuit_parse(&again, text, length, "again", NULL) == BRG_OK);
    FUZZ_CHECK(again->qubits == c->qubits && again->measurements == c->measurements);
    FUZZ_CHECK(again->detectors == c->detectors && again->observables == c->observables);
    char *second = written(again, NULL, &again_length);
    FUZZ_CHECK(length == again_length && memcmp(text, second, length) == 0);
    free(text);
    free(second);
    brg_circuit_destroy(&again);
}

/* Operations and targets that a run passes, capped. */
static uint64_t steps(const brg_circuit *c, uint32_t block) {
    uint64_t total = 0;
    for (uint32_t i = 0; i < c->blocks[block].count && total <= MOST_STEPS; i++) {
        const brg_circuit_op *op = &c->blocks[block].ops[i];
        const uint64_t body =
            op->gate == BRG_GATE_REPEAT ? 1 + steps(c, op->block) : 1 + op->target_count;
        if (op->repeats > MOST_STEPS) return MOST_STEPS + 1;
        total += body * op->repeats;
    }
    return total;
}

static void run(const brg_circuit *c, bool decompose) {
    uint8_t records[2][MOST_RECORDS], detectors[2][MOST_STEPS + 1], observables[2][64];
    for (uint64_t s = 0; s < 2; s++) {
        FUZZ_CHECK(brg_tableau_sample(records[s], c, 1, s, s == 0) == BRG_OK);
        FUZZ_CHECK(brg_records_to_detections(detectors[s], observables[s], records[s], c) ==
                   BRG_OK);
    }
    brg_dem *dem = NULL;
    brg_diag *diag = NULL;
    if (brg_diag_new(&diag)) return;
    const int status = brg_dem_from_circuit(&dem, c, decompose, diag);
    FUZZ_CHECK((status == BRG_OK) == (dem != NULL));
    FUZZ_CHECK((status == BRG_OK) == (brg_diag_count(diag) == 0));
    if (dem && dem->error_count == 0) {
        FUZZ_CHECK(memcmp(detectors[0], detectors[1], c->detectors) == 0);
        FUZZ_CHECK(memcmp(observables[0], observables[1], c->observables) == 0);
    }
    if (dem) {
        size_t length = 0;
        char *text = written(NULL, dem, &length);
        brg_dem *again = NULL;
        FUZZ_CHECK(brg_dem_parse(&again, text, length, "model", NULL) == BRG_OK);
        FUZZ_CHECK(again->error_count == dem->error_count && again->detectors == dem->detectors);
        free(text);
        brg_dem_destroy(&again);
    }
    brg_dem_destroy(&dem);
    brg_diag_destroy(&diag);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    brg_circuit *c = NULL;
    brg_diag *diag = NULL;
    if (brg_diag_new(&diag)) return 0;
    const int status = brg_circuit_parse(&c, (const char *)data, size, "fuzz.stim", diag);
    FUZZ_CHECK((status == BRG_OK) == (c != NULL));
    FUZZ_CHECK((status == BRG_OK) == (brg_diag_count(diag) == 0));
    if (c) {
        check_round_trip(c);
        if (c->qubits <= MOST_QUBITS && c->measurements <= MOST_RECORDS &&
            steps(c, 0) <= MOST_STEPS)
            run(c, size & 1);
    }
    brg_circuit_destroy(&c);
    brg_diag_destroy(&diag);
    return 0;
}
