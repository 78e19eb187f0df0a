/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target of the scenario reader. Up to four leading lines `--set KEY=VALUE` are overrides, the
 * rest is the file; a scenario that is accepted must be in range and read back as itself. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "testbench/scenario.h"

enum { MOST_SETS = 4 };

static void check_scenario(const brg_scenario *s) {
    FUZZ_CHECK(s->name && s->program && s->technology);
    FUZZ_CHECK(s->qram.address_width >= 1 && s->qram.address_width <= BRG_MAX_ADDRESS_WIDTH);
    FUZZ_CHECK(s->qram.word_width >= 1 && s->qram.word_width <= BRG_MAX_WORD_WIDTH);
    FUZZ_CHECK(s->input.uniform || s->input.index < UINT64_C(1) << s->qram.address_width);
    FUZZ_CHECK(s->clock_khz >= 1 && s->clock_khz <= 10000000);
    FUZZ_CHECK(s->queries >= 1 && s->trajectories >= 1);
    FUZZ_CHECK(s->noise.gate_error >= 0 && s->noise.gate_error <= 1);
    FUZZ_CHECK(s->noise.t1_ns >= 0 && s->noise.tphi_ns >= 0);
    for (int c = 0; c < BRG_CLASS_COUNT; c++) FUZZ_CHECK(s->duration_cycles[c] >= 1);
    FUZZ_CHECK((s->image_kind == BRG_IMAGE_FILE) == (s->image_path != NULL));

    json_t *resolved = brg_scenario_json(s);
    /* Text that is UTF-8 for us is for jansson too, so nothing is lost on the way. */
    char *text = json_dumps(resolved, JSON_INDENT(1));
    if (text && strlen(text) < 200000) {
        brg_scenario *again = NULL;
        brg_diag *diag = NULL;
        if (brg_diag_new(&diag) == BRG_OK) {
            const int status =
                brg_scenario_parse(&again, text, strlen(text), "again", NULL, 0, diag);
            FUZZ_CHECK(status == BRG_OK || status == BRG_ENOMEM);
        }
        if (again) {
            json_t *second = brg_scenario_json(again);
            FUZZ_CHECK(json_equal(resolved, second));
            json_decref(second);
        }
        brg_scenario_destroy(&again);
        brg_diag_destroy(&diag);
    }
    free(text);
    json_decref(resolved);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *copy = malloc(size + 1), *text = copy;
    const char *sets[MOST_SETS];
    size_t count = 0, left = size;
    brg_scenario *s = NULL;
    brg_diag *diag = NULL;
    if (!copy || brg_diag_new(&diag)) {
        free(copy);
        return 0;
    }
    if (size) memcpy(copy, data, size);
    copy[size] = '\0';
    while (count < MOST_SETS && left > 6 && memcmp(text, "--set ", 6) == 0) {
        char *end = memchr(text, '\n', left);
        if (!end) break;
        *end = '\0';
        sets[count++] = text + 6;
        left -= (size_t)(end + 1 - text);
        text = end + 1;
    }
    const int status = brg_scenario_parse(&s, text, left, "f.yaml", sets, count, diag);
    FUZZ_CHECK((status == BRG_OK) == (s != NULL));
    FUZZ_CHECK(status == BRG_OK || status == BRG_EINPUT || status == BRG_ENOMEM);
    FUZZ_CHECK(status != BRG_EINPUT || brg_diag_count(diag) > 0);
    for (size_t i = 0; brg_diag_message(diag, i); i++)
        FUZZ_CHECK(!strchr(brg_diag_message(diag, i), '\n'));
    if (s) check_scenario(s);
    brg_scenario_destroy(&s);
    brg_diag_destroy(&diag);
    free(copy);
    return 0;
}
