/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target of the binary program reader: each input as it is, and once more with parity and
 * CRC-32 made to fit, so that the fuzzer gets past them. */
#include "program_properties.h"

static uint32_t crc32_of(const uint8_t *data, size_t length) {
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < length; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1u) ? 0xEDB88320u : 0u);
    }
    return ~crc;
}

static void read_one(const uint8_t *data, size_t size) {
    brg_program *p = NULL;
    brg_diag *diag = NULL;
    if (brg_diag_new(&diag) != BRG_OK) return;
    const int status = brg_program_read(&p, data, size, "fuzz.bqp", diag);
    FUZZ_CHECK((status == BRG_OK) == (p != NULL));
    FUZZ_CHECK((status == BRG_EINPUT) == (brg_diag_count(diag) > 0));
    if (p != NULL) check_program(p);
    brg_program_destroy(&p);
    brg_diag_destroy(&diag);
}

/* Makes parity bytes and CRC fit; what is left is for the checks of the fields. */
static void mend(uint8_t *data, size_t size) {
    enum { HEADER = 96, WORD = 24 };
    for (size_t at = HEADER; at + WORD + 4 <= size; at += WORD) {
        uint8_t parity = 0;
        for (size_t i = 0; i < WORD - 1; i++) parity ^= data[at + i];
        data[at + WORD - 1] = parity;
    }
    const uint32_t crc = crc32_of(data, size - 4);
    for (int i = 0; i < 4; i++) data[size - 4 + (size_t)i] = (uint8_t)(crc >> (8 * i));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    read_one(data, size);
    if (size < 100) return 0;
    uint8_t *mended = malloc(size);
    if (mended == NULL) return 0;
    memcpy(mended, data, size);
    mend(mended, size);
    read_one(mended, size);
    free(mended);
    return 0;
}
