/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target of the assembler: errors have messages, accepted programs survive a round trip. */
#include "program_properties.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    brg_program *p = NULL;
    brg_diag *diag = NULL;
    if (brg_diag_new(&diag) != BRG_OK) return 0;
    const int status = brg_program_assemble(&p, (const char *)data, size, "fuzz.bqa", diag);
    FUZZ_CHECK((status == BRG_OK) == (p != NULL));
    FUZZ_CHECK((status == BRG_EINPUT) == (brg_diag_count(diag) > 0));
    if (p != NULL) check_program(p);
    brg_program_destroy(&p);
    brg_diag_destroy(&diag);
    return 0;
}
