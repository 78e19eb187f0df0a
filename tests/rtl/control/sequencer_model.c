/* SPDX-License-Identifier: Apache-2.0 */
/* The reference model of sequencer_model.h. */
#include "sequencer_model.h"

#include <stddef.h>
#include <string.h>

enum { MEMORY = 0, LATCH = 1, PULSE = 2, READOUT = 3, DECODER = 4, HOST = 5, CONTROL = 6 };
enum { OK, MEMORY_ERROR, PARITY, BAD_WORD, PROGRAM_END, WATCHDOG, ABORTED, STORE_ERROR };

void seq_model_reset(seq_model *m) {
    const word *program = m->program;
    memset(m, 0, offsetof(seq_model, words));
    m->program = program;
}

static void start_word(seq_model *m, unsigned pc) {
    m->pc = pc;
    m->phase = M_WORD;
    memset(m->met, 0, sizeof m->met);
    m->buffered = false;
    m->waited = 0;
}

/* Index of a d_in, d_out or fetch with its base. */
static unsigned with_base(const seq_model *m, const word *w, unsigned index) {
    const unsigned base = (unsigned)word_get(w, W_INDEX_BASE);
    return base ? (index + m->iterations[base - 1]) % 64u : index;
}

/* A page with its base, when its operation is there. */
static unsigned page_with_base(const seq_model *m, const word *w, unsigned page, bool used) {
    const unsigned base = (unsigned)word_get(w, W_PAGE_BASE);
    return used && base ? (page + m->iterations[base - 1]) % 4096u : page;
}

static unsigned fetch_page(const seq_model *m, const word *w) {
    return page_with_base(m, w, (unsigned)word_get(w, W_PAGE), word_get(w, W_FETCH_VALID));
}

static bool pages_illegal(seq_model *m, const seq_in *in, const word *w) {
    const bool controlled = word_get(w, W_CONTROLLED), fetch = word_get(w, W_FETCH_VALID);
    const bool d_in = word_get(w, W_D_IN_VALID), d_out = word_get(w, W_D_OUT_VALID);
    if (controlled && !d_in && !d_out) return true;
    if (word_get(w, W_PAGE_BASE) && !controlled && !fetch) return true;
    const unsigned in_page = (unsigned)word_get(w, W_D_IN_PAGE);
    const unsigned out_page = (unsigned)word_get(w, W_D_OUT_PAGE);
    if (controlled && d_in) {
        if (page_with_base(m, w, in_page, true) > in->pages) return true;
    } else if (in_page) {
        return true;
    }
    if (controlled && d_out) {
        if (page_with_base(m, w, out_page, true) > in->pages) return true;
    } else if (out_page) {
        return true;
    }
    const unsigned page = fetch_page(m, w);
    if (page > in->pages) return true;
    if (!fetch || page > m->page) return false;
    /* A page that was left, or a plane of which the next page's may be there already. */
    const unsigned plane = with_base(m, w, (unsigned)word_get(w, W_FETCH));
    const bool passed = page < m->page || (page < in->pages && (m->fetched >> plane & 1));
    m->passed_pages += passed;
    return passed;
}

static bool has_operation(const word *w) {
    return word_get(w, W_ROUTE) || word_get(w, W_LATCH) || word_get(w, W_A_IN_VALID) ||
           word_get(w, W_A_OUT_VALID) || word_get(w, W_D_IN_VALID) || word_get(w, W_D_OUT_VALID) ||
           word_get(w, W_FETCH_VALID);
}

static bool parity_wrong(const word *w) {
    for (unsigned lane = 0; lane < 8; lane++) {
        unsigned ones = 0;
        for (unsigned b = lane; b < 192; b += 8) ones += word_bit(w, b);
        if (ones % 2) return true;
    }
    return false;
}

static bool illegal(seq_model *m, const seq_in *in, const word *w) {
    if (has_operation(w) && word_get(w, W_CLASS) == 0) return true;
    if (word_get(w, W_RESERVED)) return true;
    if (word_get(w, W_WAIT) >= 32) return true;
    if (word_get(w, W_NEXT) > OP_HALT) return true;
    if (word_get(w, W_SLOT)) return true;
    for (unsigned l = 0; l < 24; l++) {
        if (word_bit(w, l) && l + 2 > in->n) return true;      /* routes in layers 0..n-2 */
        if (word_bit(w, 24 + l) && l + 1 > in->n) return true; /* latches in layers 0..n-1 */
    }
    if (word_get(w, W_A_IN_VALID) && word_get(w, W_A_IN) >= in->n) return true;
    if (word_get(w, W_A_OUT_VALID) && word_get(w, W_A_OUT) >= in->n) return true;
    if (word_get(w, W_D_IN_VALID) && with_base(m, w, (unsigned)word_get(w, W_D_IN)) >= in->k)
        return true;
    if (word_get(w, W_D_OUT_VALID) && with_base(m, w, (unsigned)word_get(w, W_D_OUT)) >= in->k)
        return true;
    if (word_get(w, W_FETCH_VALID) && with_base(m, w, (unsigned)word_get(w, W_FETCH)) >= in->k)
        return true;
    return pages_illegal(m, in, w);
}

/* Which waits of the word are open in this cycle, as a set of causes. */
static uint8_t open_waits(seq_model *m, const seq_in *in, const word *w) {
    const unsigned mask = (unsigned)word_get(w, W_WAIT);
    const unsigned planes =
        word_get(w, W_FETCH_VALID) ? with_base(m, w, (unsigned)word_get(w, W_FETCH)) + 1 : in->k;
    const unsigned page = word_get(w, W_FETCH_VALID) ? fetch_page(m, w) : 0;
    const bool ready = in->page_ready != page ? in->page_ready > page : in->planes_ready >= planes;
    const bool buffered =
        in->page_buffered != page ? in->page_buffered > page : in->planes_buffered >= planes;
    const bool now[5] = {ready, in->pulse_ready, !m->flying || in->readout_valid, in->decoder_ready,
                         in->host_flag};
    uint8_t open = 0;
    for (int i = 0; i < 5; i++) m->met[i] = m->met[i] || now[i];
    m->buffered = m->buffered || buffered;
    if ((mask & WAIT_PAGE) && !m->met[0])
        open |= (uint8_t)(m->buffered ? 1u << LATCH : 1u << MEMORY);
    if ((mask & WAIT_PULSE) && !m->met[1]) open |= 1u << PULSE;
    if (((mask & WAIT_READOUT) || word_get(w, W_MEASURE)) && !m->met[2]) open |= 1u << READOUT;
    if ((mask & WAIT_DECODER) && !m->met[3]) open |= 1u << DECODER;
    if ((mask & WAIT_HOST) && !m->met[4]) open |= 1u << HOST;
    return open;
}

/* Each waited cycle to the wait open in it that clears last; ties to the lower number. */
static void attribute(seq_model *m) {
    uint8_t all = 0;
    bool late = false;
    for (unsigned t = 0; t < m->waited; t++) {
        int owner = -1;
        unsigned last = 0;
        for (int c = 0; c < 6; c++) {
            if (!(m->open[t] >> c & 1)) continue;
            unsigned clears = t;
            while (clears < m->waited && (m->open[clears] >> c & 1)) clears++;
            if (owner < 0 || clears > last) owner = c, last = clears;
        }
        m->carried[owner]++;
        late = late ||
               (t > 0 && owner == LATCH && !(m->open[0] >> LATCH & 1) && (m->open[0] >> PULSE));
        all |= m->open[t];
    }
    unsigned causes = 0;
    for (int c = 0; c < 6; c++) causes += all >> c & 1;
    m->waits_of_three += causes >= 3;
    m->late_latch += late;
}

static void end_query(seq_model *m, uint8_t status) {
    m->phase = M_ENDING;
    m->status = status;
}

/* The word has had its last cycle. */
static void leave_word(seq_model *m, const seq_in *in, const word *w, seq_out *out) {
    const unsigned loop = (unsigned)word_get(w, W_LOOP);
    const bool flags[4] = {in->host_flag,
                           in->readout_valid && m->flying_flag ? in->readout_bits & 1 : m->measured,
                           in->page_error, in->query_valid};
    unsigned next = m->pc + 1;
    if (word_get(w, W_FETCH_VALID))
        m->fetched |= UINT64_C(1) << with_base(m, w, (unsigned)word_get(w, W_FETCH));
    switch (word_get(w, W_NEXT)) {
        case OP_JUMP:
            next = (unsigned)word_get(w, W_TARGET);
            break;
        case OP_LOOP:
            if (m->iterations[loop] + 1 < in->loop_counts[loop]) {
                m->iterations[loop]++;
                m->loops_taken++;
                next = (unsigned)word_get(w, W_TARGET);
            } else {
                m->iterations[loop] = 0;
            }
            break;
        case OP_BRANCH:
            if (flags[word_get(w, W_FLAG)]) {
                next = (unsigned)word_get(w, W_TARGET);
                m->branches_taken++;
            }
            break;
        case OP_HALT:
            end_query(m, OK);
            return;
        default:
            break;
    }
    out->store_enable = true;
    out->store_address = (uint16_t)(next % 4096u);
    start_word(m, next);
}

static void take_readout(seq_model *m, const seq_in *in) {
    if (!in->readout_valid || !m->flying) return;
    if (m->flying_flag) m->measured = in->readout_bits & 1;
    m->bits = in->readout_bits;
    m->flying = false;
}

static void run_word(seq_model *m, const seq_in *in, seq_out *out) {
    if (m->pc >= in->length || m->pc >= MODEL_STORE_WORDS) return end_query(m, PROGRAM_END);
    if (in->store_error) return end_query(m, STORE_ERROR);
    if (!in->store_valid) {
        m->carried[CONTROL]++;
        m->starved++;
        out->await_word = true;
        return;
    }
    const word *w = &m->program[m->pc];
    if (parity_wrong(w)) return end_query(m, PARITY);
    if (illegal(m, in, w)) return end_query(m, BAD_WORD);
    const uint8_t open = open_waits(m, in, w);
    if ((open & (1u << MEMORY | 1u << LATCH)) && in->page_error) return end_query(m, MEMORY_ERROR);
    const bool fetch = word_get(w, W_FETCH_VALID);
    out->waiting = open;
    if (open & 3) {
        out->await_page = (uint16_t)(fetch ? fetch_page(m, w) : 0);
        out->await_plane =
            (uint8_t)(fetch ? with_base(m, w, (unsigned)word_get(w, W_FETCH)) : in->k - 1u);
    }
    const unsigned page_before = m->page;
    if (fetch && fetch_page(m, w) > m->page) {
        m->page = fetch_page(m, w);
        m->fetched = 0;
        m->turned_pages++;
    }
    if (open) {
        if (m->waited < MODEL_MAX_WAIT) m->open[m->waited++] = open;
        return;
    }
    m->words++;
    attribute(m);
    const unsigned class = (unsigned)word_get(w, W_CLASS);
    uint64_t cycles = 1;
    if (class == 0) {
        m->carried[CONTROL]++;
    } else {
        cycles = in->durations[class] ? in->durations[class] : 1;
        word effective = *w;
        word_put(&effective, W_D_IN,
                 word_get(w, W_D_IN_VALID) ? with_base(m, w, (unsigned)word_get(w, W_D_IN))
                                           : word_get(w, W_D_IN));
        word_put(&effective, W_D_OUT,
                 word_get(w, W_D_OUT_VALID) ? with_base(m, w, (unsigned)word_get(w, W_D_OUT))
                                            : word_get(w, W_D_OUT));
        word_put(&effective, W_FETCH,
                 word_get(w, W_FETCH_VALID) ? with_base(m, w, (unsigned)word_get(w, W_FETCH))
                                            : word_get(w, W_FETCH));
        if (word_get(w, W_CONTROLLED)) {
            const bool d_in = word_get(w, W_D_IN_VALID), d_out = word_get(w, W_D_OUT_VALID);
            word_put(&effective, W_D_IN_PAGE,
                     page_with_base(m, w, (unsigned)word_get(w, W_D_IN_PAGE), d_in));
            word_put(&effective, W_D_OUT_PAGE,
                     page_with_base(m, w, (unsigned)word_get(w, W_D_OUT_PAGE), d_out));
        }
        word_put(&effective, W_PAGE, fetch_page(m, w));
        out->page = (uint16_t)(fetch ? fetch_page(m, w) : page_before);
        out->slice = true;
        out->slice_number = ++m->slices;
        for (int c = 0; c < 7; c++) out->waits[c] = (uint32_t)m->carried[c];
        memcpy(out->word, effective.lane, sizeof out->word);
        out->duration = (uint32_t)cycles;
        memset(m->carried, 0, sizeof m->carried);
        m->slice_count++;
    }
    const bool measure = word_get(w, W_MEASURE);
    const bool set_flag = word_get(w, W_SET_FLAG);
    if (measure) {
        out->readout_start = true;
        out->readout_cycles = in->durations[7] ? in->durations[7] : 1;
    }
    /* A branch sees a readout that comes now, not the one that starts now. */
    if (cycles == 1) {
        leave_word(m, in, w, out);
    } else {
        m->phase = M_SLICE;
        m->left = cycles - 1;
    }
    if (measure) {
        take_readout(m, in); /* the one before comes in this very cycle */
        m->flying = true;
        m->flying_flag = set_flag;
    }
}

void seq_model_cycle(seq_model *m, const seq_in *in, seq_out *out) {
    memset(out, 0, sizeof *out);
    out->page_current = (uint16_t)m->page;
    out->planes_fetched = m->fetched;
    const bool abort = in->abort || m->abort_later;
    const bool expired = in->watchdog && m->age >= in->watchdog;
    out->busy = m->phase != M_IDLE;
    out->aborting = abort || m->phase == M_DRAIN;
    switch (m->phase) {
        case M_IDLE:
            if (in->abort) {
                m->phase = M_DRAIN;
                m->all_results = false;
            } else if (in->query_valid && in->enable && in->result_ready) {
                out->query_ready = out->path_begin = out->store_enable = true;
                out->store_address = in->entry;
                out->tag = in->query_tag;
                seq_model_reset(m);
                m->tag = in->query_tag;
                start_word(m, in->entry);
            }
            break;
        case M_WORD:
        case M_SLICE:
            m->age++;
            if (abort || expired) {
                m->abort_later = abort;
                end_query(m, abort ? ABORTED : WATCHDOG);
            } else if (m->phase == M_SLICE) {
                if (--m->left == 0) leave_word(m, in, &m->program[m->pc], out);
            } else {
                run_word(m, in, out);
            }
            if (!out->readout_start) take_readout(m, in);
            break;
        case M_ENDING:
            m->age++;
            if (m->status == OK && m->flying && !in->readout_valid) {
                if (abort)
                    m->status = ABORTED;
                else if (expired)
                    m->status = WATCHDOG;
                m->abort_later = abort;
                break;
            }
            take_readout(m, in);
            if (m->status == OK && in->page_error) m->status = MEMORY_ERROR;
            out->path_end = out->result = true;
            out->tag = out->result_tag = m->tag;
            out->end_status = out->result_status = m->status;
            out->result_bits = m->bits;
            m->statuses[m->status]++;
            m->flying = false;
            m->abort_later = false;
            m->all_results = false;
            m->phase = abort ? M_DRAIN : M_IDLE;
            break;
        case M_DRAIN:
            out->path_flush = !m->all_results;
            out->query_ready = in->result_ready;
            if (in->query_valid) {
                out->result = true;
                out->result_status = ABORTED;
                out->result_tag = in->query_tag;
            }
            if (m->all_results && in->path_idle) m->phase = M_IDLE;
            if (!in->query_valid) m->all_results = true;
            break;
    }
}
