/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of a whole program: words against n, k, routers and loop counts, and its control flow. */
#include <stdio.h>
#include <string.h>

#include "model/program.h"
#include "model/program_private.h"

const char *const brg_class_names[] = {
    "step",   "cswap",   "latch_swap", "register_swap", "fetch",  "controlled_swap",
    "idle",   "readout", "user8",      "user9",         "user10", "user11",
    "user12", "user13",  "user14",     "user15",        NULL};
const char *const brg_wait_names[] = {"page", "pulse", "readout", "decoder", "host", NULL};
const char *const brg_flag_names[] = {"host", "measured", "memory_error", "queue", NULL};
const char *const brg_router_names[] = {"two_level", "three_level", NULL};

static void report(brg_diag *diag, const char *file, uint32_t index, brg_location where,
                   const char *text) {
    char key[24];
    snprintf(key, sizeof key, "word %u", index);
    brg_diag_add(diag, file, where.line, where.column, key, "%s", text);
}

/* The largest index that an operation reaches when an index base adds the loop's iterations. */
static uint32_t reached(const brg_program *p, const brg_control_word *w, int16_t index) {
    uint32_t most = (uint32_t)index;
    if (w->index_base != 0) most += p->loop_count[w->index_base - 1] - 1u;
    return most;
}

static bool check_bus_index(const brg_program *p, const brg_control_word *w, const char *what,
                            int16_t index, char *text, size_t size) {
    if (index < 0 || reached(p, w, index) < p->word_width) return true;
    if (w->index_base == 0)
        snprintf(text, size, "%s %d is out of range, accepted 0..%u", what, index,
                 p->word_width - 1);
    else
        snprintf(text, size, "%s %d reaches %u with %u iterations of loop %d, accepted 0..%u", what,
                 index, reached(p, w, index), p->loop_count[w->index_base - 1], w->index_base - 1,
                 p->word_width - 1);
    return false;
}

/* A page, and what it reaches when a page base adds the loop's iterations. */
static bool check_page(const brg_program *p, const brg_control_word *w, const char *what, int page,
                       char *text, size_t size) {
    const uint32_t last = (1u << p->page_bits) - 1u;
    uint32_t most = (uint32_t)page;
    if (page < 0) return true;
    if (w->page_base != 0) most += p->loop_count[w->page_base - 1] - 1u;
    if (most <= last) return true;
    if (p->page_bits == 0)
        snprintf(text, size, "%s reaches page %u, but the table has one page, accepted 0", what,
                 most);
    else if (w->page_base == 0)
        snprintf(text, size, "%s %d is out of range, accepted 0..%u", what, page, last);
    else
        snprintf(text, size, "%s %d reaches %u with %u iterations of loop %d, accepted 0..%u", what,
                 page, most, p->loop_count[w->page_base - 1], w->page_base - 1, last);
    return false;
}

static bool check_pages(const brg_program *p, const brg_control_word *w, char *text, size_t size) {
    if (w->page_base != 0 && p->loop_count[w->page_base - 1] == 0) {
        snprintf(text, size, "the page base is loop %d, whose count is 0", w->page_base - 1);
        return false;
    }
    return check_page(p, w, "page", w->page, text, size) &&
           check_page(p, w, "d_in_page", w->ops.d_in_page, text, size) &&
           check_page(p, w, "d_out_page", w->ops.d_out_page, text, size);
}

static bool check_ops(const brg_program *p, const brg_control_word *w, char *text, size_t size) {
    const brg_slice_ops *o = &w->ops;
    const uint32_t n = p->address_width;
    if ((o->route >> (n - 1)) != 0 || (o->latch >> n) != 0) {
        if (n == 1)
            snprintf(text, size,
                     "layer out of range, accepted latch 0; a tree of one layer does "
                     "not route");
        else
            snprintf(text, size, "layer out of range, accepted route 0..%u and latch 0..%u", n - 2,
                     n - 1);
        return false;
    }
    const int16_t a = o->a_in >= 0 ? o->a_in : o->a_out;
    if (a >= (int16_t)n) {
        snprintf(text, size, "address qubit %d is out of range, accepted 0..%u", a, n - 1);
        return false;
    }
    if (w->index_base != 0 && p->loop_count[w->index_base - 1] == 0) {
        snprintf(text, size, "the index base is loop %d, whose count is 0", w->index_base - 1);
        return false;
    }
    if (!check_bus_index(p, w, "d_in", o->d_in, text, size) ||
        !check_bus_index(p, w, "d_out", o->d_out, text, size) ||
        !check_bus_index(p, w, "fetch", o->fetch, text, size))
        return false;
    const char *fault = NULL;
    const bool last_layer_moves =
        ((o->latch >> (n - 1)) & 1u) != 0 || (n > 1 && ((o->route >> (n - 2)) & 1u) != 0) ||
        (n == 1 && (o->a_in >= 0 || o->a_out >= 0 || o->d_in >= 0 || o->d_out >= 0));
    if (o->fetch >= 0 && last_layer_moves)
        fault = "fetch while another operation uses the data cells of the last layer";
    else if (o->d_in >= 0 && o->d_in == o->d_out && o->d_in_page < 0)
        fault = "d_in and d_out of the same bus qubit in one slice";
    else if (o->d_in >= 0 && o->d_in == o->d_out && o->d_in_page == o->d_out_page)
        fault = "d_in and d_out of the same bus qubit and page in one slice";
    else if (p->routers == BRG_THREE_LEVEL && (o->basis_in || o->basis_out))
        fault = "basis change with three_level routers, whose data are fetched by X";
    if (fault != NULL) snprintf(text, size, "%s", fault);
    return fault == NULL;
}

static bool check_word(const brg_program *p, const brg_control_word *w, char *text, size_t size) {
    const char *fault = brg_word_rule(w);
    const brg_slice_ops *o = &w->ops;
    const bool jumps =
        w->next == BRG_NEXT_JUMP || w->next == BRG_NEXT_LOOP || w->next == BRG_NEXT_BRANCH;
    const bool bus = o->d_in >= 0 || o->d_out >= 0;
    const bool reads_page = o->fetch >= 0 || (w->wait_mask & BRG_WAIT_PAGE) != 0;
    if (fault == NULL) {
        if (w->page != 0 && !reads_page)
            fault = "a page without fetch or wait page";
        else if (w->page_base >= BRG_LOOPS)
            fault = "page base out of range, accepted loops 0..2";
        else if (w->page_base != 0 && !reads_page && o->d_in_page < 0 && o->d_out_page < 0)
            fault = "page base without fetch, wait page, d_in_page or d_out_page";
        else if (w->slot != 0)
            fault = "the controller has one leaf-latch slot, accepted slot 0";
        else if (w->index_base >= BRG_LOOPS)
            fault = "index base out of range, accepted loops 0..2";
        else if (w->index_base != 0 && !bus && o->fetch < 0)
            fault = "index base without d_in, d_out or fetch";
        else if (w->measure && bus)
            fault = "measure in a slice that moves a bus qubit";
        else if (w->target != 0 && !jumps)
            fault = "a target without jump, loop or branch";
        else if (w->loop >= BRG_LOOPS || (w->loop != 0 && w->next != BRG_NEXT_LOOP))
            fault = "a loop number without loop";
        else if (w->flag_select >= BRG_FLAGS || (w->flag_select != 0 && w->next != BRG_NEXT_BRANCH))
            fault = "a flag without branch";
        else if (w->next == BRG_NEXT_LOOP && p->loop_count[w->loop] == 0)
            fault = "the count of its loop is 0, accepted 1..65535";
    }
    if (fault != NULL) {
        snprintf(text, size, "%s", fault);
        return false;
    }
    return check_ops(p, w, text, size) && check_pages(p, w, text, size);
}

bool brg_program_check_word(const brg_program *p, uint32_t index, const char *file,
                            brg_location where, brg_diag *diag) {
    char text[160];
    if (check_word(p, &p->words[index], text, sizeof text)) return true;
    report(diag, file, index, where, text);
    return false;
}

/* Words that can follow word i; returns how many (0..2). A successor may be out of the program. */
static int successors(const brg_control_word *w, uint32_t i, uint32_t next[2]) {
    switch (w->next) {
        case BRG_NEXT_HALT:
            return 0;
        case BRG_NEXT_JUMP:
            next[0] = w->target;
            return 1;
        case BRG_NEXT_STEP:
            next[0] = i + 1;
            return 1;
        default:
            next[0] = i + 1;
            next[1] = w->target;
            return 2;
    }
}

size_t brg_program_check_flow(const brg_program *p, const char *file, const brg_location *where,
                              brg_diag *diag) {
    bool reachable[BRG_PROGRAM_WORDS] = {false}, halts[BRG_PROGRAM_WORDS] = {false};
    uint32_t stack[BRG_PROGRAM_WORDS], depth = 0;
    size_t errors = 0;
    const brg_location nowhere = {0, 0};
    reachable[0] = true;
    stack[depth++] = 0;
    while (depth > 0) {
        const uint32_t i = stack[--depth];
        uint32_t next[2];
        const int count = successors(&p->words[i], i, next);
        for (int s = 0; s < count; s++) {
            if (next[s] < p->count && !reachable[next[s]]) {
                reachable[next[s]] = true;
                stack[depth++] = next[s];
            }
        }
    }
    for (uint32_t i = 0; i < p->count; i++) {
        uint32_t next[2];
        const int count = successors(&p->words[i], i, next);
        halts[i] = p->words[i].next == BRG_NEXT_HALT;
        for (int s = 0; s < count; s++) {
            if (next[s] < p->count) continue;
            /* An unreachable word may stand last; a target must exist all the same. */
            const bool falls = next[s] == i + 1 && p->words[i].next != BRG_NEXT_JUMP && s == 0;
            if (falls && !reachable[i]) continue;
            char text[96];
            if (falls)
                snprintf(text, sizeof text, "runs past the last word; halt is missing");
            else
                snprintf(text, sizeof text, "target %u is out of range, accepted 0..%u", next[s],
                         p->count - 1);
            report(diag, file, i, where ? where[i] : nowhere, text);
            errors++;
        }
    }
    if (errors > 0) return errors;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = p->count; i-- > 0;) {
            uint32_t next[2];
            const int count = successors(&p->words[i], i, next);
            for (int s = 0; s < count && !halts[i]; s++)
                if (next[s] < p->count && halts[next[s]]) halts[i] = changed = true;
        }
    }
    for (uint32_t i = 0; i < p->count; i++) {
        if (!reachable[i] || halts[i]) continue;
        report(diag, file, i, where ? where[i] : nowhere, "no halt can be reached from here");
        return 1;
    }
    return 0;
}

bool brg_program_name_ok(const char *name, size_t length) {
    if (length < 1 || length > 63) return false;
    for (size_t i = 0; i < length; i++) {
        const char c = name[i];
        const bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
        if (!ok) return false;
    }
    return true;
}

size_t brg_program_check_header(const brg_program *p, const char *file, brg_diag *diag) {
    size_t errors = 0;
    if (!brg_program_name_ok(p->name, strnlen(p->name, sizeof p->name))) {
        brg_diag_add(diag, file, 0, 0, "program",
                     "bad name, accepted 1..63 letters, digits, '_', '-', '.'");
        errors++;
    }
    if (p->routers != BRG_TWO_LEVEL && p->routers != BRG_THREE_LEVEL) {
        brg_diag_add(diag, file, 0, 0, "routers",
                     "%d is unknown, accepted 0 (two_level) or 1 (three_level)", (int)p->routers);
        errors++;
    }
    if (p->address_width < 1 || p->address_width > BRG_MAX_ADDRESS_WIDTH) {
        brg_diag_add(diag, file, 0, 0, "address_width", "%u is out of range, accepted 1..%d",
                     p->address_width, BRG_MAX_ADDRESS_WIDTH);
        errors++;
    }
    if (p->word_width < 1 || p->word_width > BRG_MAX_WORD_WIDTH) {
        brg_diag_add(diag, file, 0, 0, "word_width", "%u is out of range, accepted 1..%d",
                     p->word_width, BRG_MAX_WORD_WIDTH);
        errors++;
    }
    if (p->page_bits > BRG_MAX_PAGE_BITS ||
        p->address_width + p->page_bits > BRG_MAX_ADDRESS_WIDTH) {
        brg_diag_add(diag, file, 0, 0, "page_bits",
                     "%u is out of range, accepted 0..%d, with address_width at most %d",
                     p->page_bits, BRG_MAX_PAGE_BITS, BRG_MAX_ADDRESS_WIDTH);
        errors++;
    }
    if (p->count < 1 || p->count > BRG_PROGRAM_WORDS) {
        brg_diag_add(diag, file, 0, 0, "words", "%u is out of range, accepted 1..%d", p->count,
                     BRG_PROGRAM_WORDS);
        errors++;
    }
    return errors;
}

int brg_program_check(const brg_program *program, const char *file, brg_diag *diag) {
    if (program == NULL) return BRG_EINVAL;
    if (brg_program_check_header(program, file, diag) > 0) return BRG_EINPUT;
    const brg_location nowhere = {0, 0};
    size_t errors = 0;
    for (uint32_t i = 0; i < program->count; i++)
        if (!brg_program_check_word(program, i, file, nowhere, diag)) errors++;
    errors += brg_program_check_flow(program, file, NULL, diag);
    return errors == 0 ? BRG_OK : BRG_EINPUT;
}
