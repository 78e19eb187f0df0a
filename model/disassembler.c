/* SPDX-License-Identifier: Apache-2.0 */
/* Disassembler: writes the text form that the assembler reads (docs/control_word.md). */
#include <inttypes.h>
#include <stdio.h>

#include "model/program.h"
#include "model/program_private.h"

static void print_layers(FILE *to, const char *name, uint32_t mask, const char **separator) {
    fprintf(to, "%s%s ", *separator, name);
    *separator = "";
    for (unsigned l = 0; l < BRG_MAX_ADDRESS_WIDTH; l++) {
        if (((mask >> l) & 1u) == 0) continue;
        fprintf(to, "%s%u", *separator, l);
        *separator = ",";
    }
    *separator = " | ";
}

static void print_index(FILE *to, const char *name, int16_t index, const char **separator) {
    if (index < 0) return;
    fprintf(to, "%s%s %d", *separator, name, index);
    *separator = " | ";
}

static void print_item(FILE *to, bool present, const char *name, const char **separator) {
    if (!present) return;
    fprintf(to, "%s%s", *separator, name);
    *separator = " ; ";
}

static void print_ops(FILE *to, const brg_slice_ops *o, const char **separator) {
    print_index(to, "a_in", o->a_in, separator);
    print_index(to, "a_out", o->a_out, separator);
    print_index(to, "d_out", o->d_out, separator);
    print_index(to, "d_in", o->d_in, separator);
    if (o->route != 0) print_layers(to, "route", o->route, separator);
    if (o->latch != 0) print_layers(to, o->unlatch ? "unlatch" : "latch", o->latch, separator);
    print_index(to, "fetch", o->fetch, separator);
    if ((*separator)[0] != '\0') *separator = " ; ";
    print_item(to, o->basis_in, "basis_in", separator);
    print_item(to, o->basis_out, "basis_out", separator);
}

static void print_next(FILE *to, const brg_control_word *w, const char *separator) {
    switch (w->next) {
        case BRG_NEXT_JUMP:
            fprintf(to, "%sjump w%u", separator, w->target);
            break;
        case BRG_NEXT_LOOP:
            fprintf(to, "%sloop %u w%u", separator, w->loop, w->target);
            break;
        case BRG_NEXT_BRANCH:
            fprintf(to, "%sbranch %s w%u", separator, brg_flag_names[w->flag_select % BRG_FLAGS],
                    w->target);
            break;
        case BRG_NEXT_HALT:
            fprintf(to, "%shalt", separator);
            break;
        default:
            break;
    }
}

static void print_word(FILE *to, const brg_control_word *w) {
    const char *separator = "";
    print_ops(to, &w->ops, &separator);
    print_item(to, w->measure, "measure", &separator);
    print_item(to, w->set_flag, "set_flag", &separator);
    if (w->ops.d_out_page >= 0)
        fprintf(to, "%sd_out_page %d", separator, w->ops.d_out_page), separator = " ; ";
    if (w->ops.d_in_page >= 0)
        fprintf(to, "%sd_in_page %d", separator, w->ops.d_in_page), separator = " ; ";
    if (w->page != 0) fprintf(to, "%spage %u", separator, w->page), separator = " ; ";
    if (w->page_base != 0)
        fprintf(to, "%spage_base loop %u", separator, w->page_base - 1u), separator = " ; ";
    if (w->slot != 0) fprintf(to, "%sslot %u", separator, w->slot), separator = " ; ";
    if (w->index_base != 0)
        fprintf(to, "%sindex_base loop %u", separator, w->index_base - 1u), separator = " ; ";
    const bool bare =
        separator[0] == '\0' && w->wait_mask == 0 && w->next == BRG_NEXT_STEP && !w->mark;
    if (w->duration_class != BRG_CLASS_STEP || bare)
        fprintf(to, "%sclass %s", separator, brg_class_names[w->duration_class % BRG_CLASS_COUNT]),
            separator = " ; ";
    if ((w->wait_mask & BRG_WAIT_ALL) != 0) {
        fprintf(to, "%swait ", separator);
        const char *comma = "";
        for (unsigned bit = 0; brg_wait_names[bit] != NULL; bit++) {
            if (((w->wait_mask >> bit) & 1u) == 0) continue;
            fprintf(to, "%s%s", comma, brg_wait_names[bit]);
            comma = ",";
        }
        separator = " ; ";
    }
    print_item(to, w->mark, "mark", &separator);
    print_next(to, w, separator);
    fputc('\n', to);
}

int brg_program_disassemble(const brg_program *program, FILE *to) {
    if (program == NULL || to == NULL || program->count > BRG_PROGRAM_WORDS ||
        (program->routers != BRG_TWO_LEVEL && program->routers != BRG_THREE_LEVEL))
        return BRG_EINVAL;
    bool straight = true, is_target[BRG_PROGRAM_WORDS] = {false};
    for (uint32_t i = 0; i < program->count; i++) {
        const brg_control_word *w = &program->words[i];
        if (w->next == BRG_NEXT_STEP || w->next == BRG_NEXT_HALT) continue;
        straight = false;
        if (w->target < program->count) is_target[w->target] = true;
    }
    fprintf(to, ".program %s\n.routers %s\n.address_width %" PRIu32 "\n.word_width %" PRIu32 "\n",
            program->name, brg_router_names[program->routers], program->address_width,
            program->word_width);
    if (program->page_bits != 0) fprintf(to, ".page_bits %" PRIu32 "\n", program->page_bits);
    for (unsigned l = 0; l < BRG_LOOPS; l++)
        if (program->loop_count[l] != 0) fprintf(to, ".loop %u %u\n", l, program->loop_count[l]);
    uint32_t slice = 0;
    for (uint32_t i = 0; i < program->count; i++) {
        char label[16] = "";
        if (brg_word_is_slice(&program->words[i])) slice++;
        /* Slice numbers label the words only where each word runs once. */
        if (straight && brg_word_is_slice(&program->words[i]))
            snprintf(label, sizeof label, "s%" PRIu32 ":", slice);
        else if (is_target[i])
            snprintf(label, sizeof label, "w%" PRIu32 ":", i);
        fprintf(to, "%-6s ", label);
        print_word(to, &program->words[i]);
    }
    return ferror(to) ? BRG_EIO : BRG_OK;
}
