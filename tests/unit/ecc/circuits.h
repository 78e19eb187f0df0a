/* SPDX-License-Identifier: Apache-2.0 */
/* Helpers of the tests of circuits and error models. */
#ifndef BRG_TESTS_ECC_CIRCUITS_H
#define BRG_TESTS_ECC_CIRCUITS_H

#include <string.h>

#include "model/ecc/dem.h"
#include "model/ecc/sampler.h"
#include "test.h"

static inline brg_circuit *parsed_circuit(const char *text) {
    brg_circuit *c = NULL;
    brg_diag *diag = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    const int status = brg_circuit_parse(&c, text, strlen(text), "c.stim", diag);
    if (status) print_error("%s\n%s\n", brg_diag_message(diag, 0), text);
    assert_int_equal(status, BRG_OK);
    brg_diag_destroy(&diag);
    return c;
}

static inline char *written_circuit(const brg_circuit *c) {
    char *text = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&text, &length);
    assert_non_null(to);
    assert_int_equal(brg_circuit_write(c, to), BRG_OK);
    assert_int_equal(fclose(to), 0);
    return text;
}

static inline brg_circuit *generated_circuit(brg_ecc_code code, brg_ecc_noise noise, uint32_t d,
                                             uint64_t rounds, double p) {
    const brg_ecc_task task = {code, noise, d, rounds, p, p, p, p};
    brg_circuit *c = NULL;
    assert_int_equal(brg_circuit_generate(&c, &task), BRG_OK);
    return c;
}

/* Detectors, then observables, as bits of one noiseless sample. */
static inline uint64_t noiseless_symptoms(const brg_circuit *c) {
    uint8_t records[512], detectors[64], observables[64];
    assert_true(c->measurements <= sizeof records);
    assert_true(c->detectors + c->observables <= 64);
    assert_int_equal(brg_tableau_sample(records, c, 0, 0, true), BRG_OK);
    assert_int_equal(brg_records_to_detections(detectors, observables, records, c), BRG_OK);
    uint64_t bits = 0;
    for (uint64_t i = 0; i < c->detectors; i++) bits |= (uint64_t)detectors[i] << i;
    for (uint64_t i = 0; i < c->observables; i++)
        bits |= (uint64_t)observables[i] << (c->detectors + i);
    return bits;
}

#endif
