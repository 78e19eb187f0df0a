/* SPDX-License-Identifier: Apache-2.0 */
/* The stall events of a timeline as CSV beside it (docs/timeline.md). */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csim/timeline_text.h"

#define SCHEMA "# schema: brigade.events/1"
#define COLUMNS "query,slice,cause,kind,detail,start_ns,duration_ns"

enum { QUERY, SLICE, CAUSE, KIND, DETAIL, START, DURATION, FIELDS };

int brg_events_write(const brg_timeline *t, const char *path) {
    char *name = brg_text_new("%s.events.csv", path);
    if (!name) return BRG_ENOMEM;
    brg_output o;
    int rc = BRG_OK;
    if (!brg_timeline_events(t)) {
        /* An old file would be read as the events of this timeline. */
        if (unlink(name) != 0 && errno != ENOENT && errno != ENOTDIR) rc = BRG_EIO;
        free(name);
        return rc;
    }
    rc = brg_output_open(&o, name);
    if (!rc) {
        fprintf(o.file, "%s\n%s\n", SCHEMA, COLUMNS);
        for (size_t i = 0; i < brg_timeline_events(t); i++) {
            const brg_stall_event *e = brg_timeline_event(t, i);
            fprintf(o.file, "%" PRIu32 ",%" PRIu32 ",%s,%s,%" PRIu64 ",", e->query, e->slice,
                    brg_cause_name(e->cause), brg_event_name(e->kind), e->detail);
            brg_write_ns(o.file, e->start_ps);
            putc(',', o.file);
            brg_write_ns(o.file, e->duration_ps);
            putc('\n', o.file);
        }
        rc = brg_output_close(&o, BRG_OK);
    }
    free(name);
    return rc;
}

int brg_events_open(brg_csv_reader *r, const char *path, char **name, char **text, brg_diag *diag) {
    *text = NULL;
    *name = brg_text_new("%s.events.csv", path);
    if (!*name) return BRG_ENOMEM;
    *r = (brg_csv_reader){.path = *name, .diag = diag};
    if (access(*name, F_OK) != 0) return BRG_OK;
    size_t length = 0;
    const int rc = brg_text_load(*name, text, &length, diag);
    if (rc) return rc;
    r->at = *text;
    r->end = *text + length;
    if (!brg_next_line(r) || !brg_piece_is(r->line, SCHEMA))
        return brg_wrong(r, r->line, "", "expected the line `%s`", SCHEMA);
    if (!brg_next_line(r) || !brg_piece_is(r->line, COLUMNS))
        return brg_wrong(r, r->line, "", "expected the line %s", COLUMNS);
    brg_next_line(r);
    return BRG_OK;
}

/* Is a line there that has not been taken? */
static bool has_line(const brg_csv_reader *r) {
    return r->line.at && (r->line.end != r->end || brg_piece_length(r->line));
}

/* 0..2^64-1 in plain decimal. */
static bool parse_detail(brg_piece p, uint64_t *out) {
    uint64_t high = 0, low = 0;
    if (brg_piece_length(p) < 20) return brg_parse_count(p, UINT64_MAX, out);
    if (brg_piece_length(p) > 20 || *p.at == '0') return false;
    const brg_piece most = {p.at, p.end - 1}, least = {p.end - 1, p.end};
    if (!brg_parse_count(most, UINT64_MAX / 10, &high) || !brg_parse_count(least, 9, &low))
        return false;
    *out = 10 * high + low;
    return high < UINT64_MAX / 10 || low <= UINT64_MAX % 10;
}

static int read_names(brg_csv_reader *r, const brg_piece *field, brg_stall_event *e) {
    int c = 0, kind = 0;
    while (c < BRG_CAUSE_COUNT && !brg_piece_is(field[CAUSE], brg_cause_name((brg_cause)c))) c++;
    if (c == BRG_CAUSE_COUNT)
        return brg_wrong(r, field[CAUSE], "cause",
                         "`%.*s` is not known, accepted are memory, latch, pulse, readout, "
                         "decoder, host, control",
                         brg_piece_shown(field[CAUSE]), field[CAUSE].at);
    while (kind < BRG_EVENT_COUNT &&
           !brg_piece_is(field[KIND], brg_event_name((brg_event_kind)kind)))
        kind++;
    if (kind == BRG_EVENT_COUNT)
        return brg_wrong(r, field[KIND], "kind",
                         "`%.*s` is not known, accepted are those of docs/timeline.md",
                         brg_piece_shown(field[KIND]), field[KIND].at);
    e->cause = (brg_cause)c;
    e->kind = (brg_event_kind)kind;
    return BRG_OK;
}

static int read_event(brg_csv_reader *r, brg_piece *field, brg_stall_event *e) {
    brg_piece rest = r->line;
    for (int i = 0; i < FIELDS; i++) {
        field[i] = i + 1 < FIELDS ? brg_cut(&rest, ',') : rest;
        if (i + 1 < FIELDS && field[i].end == r->line.end)
            return brg_wrong(r, field[i], "", "the line has %d of %d fields", i + 1, FIELDS);
    }
    uint64_t query = 0, slice = 0;
    if (!brg_parse_count(field[QUERY], UINT32_MAX, &query))
        return brg_wrong(r, field[QUERY], "query", "`%.*s` is not a whole number from 0",
                         brg_piece_shown(field[QUERY]), field[QUERY].at);
    if (!brg_parse_count(field[SLICE], UINT32_MAX, &slice))
        return brg_wrong(r, field[SLICE], "slice", "`%.*s` is not a whole number from 1",
                         brg_piece_shown(field[SLICE]), field[SLICE].at);
    const int rc = read_names(r, field, e);
    if (rc) return rc;
    if (!parse_detail(field[DETAIL], &e->detail))
        return brg_wrong(r, field[DETAIL], "detail", "`%.*s` is not a whole number below 2^64",
                         brg_piece_shown(field[DETAIL]), field[DETAIL].at);
    if (!brg_parse_ns(field[START], &e->start_ps))
        return brg_wrong(r, field[START], "start_ns",
                         "`%.*s` is not a time in ns with at most 3 decimals",
                         brg_piece_shown(field[START]), field[START].at);
    if (!brg_parse_ns(field[DURATION], &e->duration_ps) || !e->duration_ps)
        return brg_wrong(r, field[DURATION], "duration_ns",
                         "`%.*s` is not a time above 0 in ns with at most 3 decimals",
                         brg_piece_shown(field[DURATION]), field[DURATION].at);
    e->query = (uint32_t)query;
    e->slice = (uint32_t)slice;
    return BRG_OK;
}

/* What brg_timeline_add_event had against an event of the slice appended last. */
static int refuse(brg_csv_reader *r, const brg_piece *field, const brg_timeline *t,
                  const brg_stall_event *e) {
    const brg_slice *s = brg_timeline_slice(t, brg_timeline_slices(t) - 1);
    const size_t events = brg_timeline_events(t);
    const brg_stall_event *before = events ? brg_timeline_event(t, events - 1) : NULL;
    const bool first = !before || before->query != s->query || before->slice != s->slice;
    if (e->start_ps < s->start_ps - brg_slice_wait_ps(s))
        return brg_wrong(r, field[START], "start_ns", "is before the wait of its slice");
    if (!first && e->start_ps < before->start_ps + before->duration_ps)
        return brg_wrong(r, field[START], "start_ns", "is before the end of the event before it");
    if (e->start_ps > s->start_ps || e->duration_ps > s->start_ps - e->start_ps)
        return brg_wrong(r, field[DURATION], "duration_ns", "ends later than the wait");
    return brg_wrong(r, field[DURATION], "duration_ns",
                     "the events of this cause are longer than its wait before the slice");
}

int brg_events_of_slice(brg_csv_reader *r, brg_timeline *t) {
    const brg_slice *s = brg_timeline_slice(t, brg_timeline_slices(t) - 1);
    while (has_line(r)) {
        brg_stall_event e = {.query = 0};
        brg_piece field[FIELDS];
        int rc = read_event(r, field, &e);
        if (rc) return rc;
        if (e.query != s->query || e.slice != s->slice) return BRG_OK;
        rc = brg_timeline_add_event(t, &e);
        if (rc == BRG_EINVAL) return refuse(r, field, t, &e);
        if (rc) return rc;
        brg_next_line(r);
    }
    return BRG_OK;
}

int brg_events_end(brg_csv_reader *r) {
    if (!has_line(r)) return BRG_OK;
    return brg_wrong(r, r->line, "",
                     "names a slice that the timeline does not have, or stands out of order");
}
