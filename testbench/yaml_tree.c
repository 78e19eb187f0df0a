/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded YAML reading: libyaml events to a tree, everything unusual refused. */
#include "testbench/yaml_tree.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

typedef struct reader {
    yaml_parser_t parser;
    const char *name;
    const char *key; /* dotted path above the text */
    bool places;
    brg_diag *diag;
    size_t nodes;
    char path[256]; /* dotted path of the mapping being read */
} reader;

static void complain(const reader *r, yaml_mark_t mark, const char *key, const char *what) {
    brg_diag_add(r->diag, r->name, r->places ? mark.line + 1 : 0, r->places ? mark.column + 1 : 0,
                 key, "%s", what);
}

/* Length of the UTF-8 sequence at p (at most n bytes), 0 when it is not valid. */
static size_t utf8_length(const unsigned char *p, size_t n) {
    size_t length;
    uint32_t value, least;
    if (p[0] < 0x80) return 1;
    if (p[0] >= 0xC2 && p[0] <= 0xDF)
        length = 2, value = p[0] & 0x1Fu, least = 0x80;
    else if (p[0] >= 0xE0 && p[0] <= 0xEF)
        length = 3, value = p[0] & 0x0Fu, least = 0x800;
    else if (p[0] >= 0xF0 && p[0] <= 0xF4)
        length = 4, value = p[0] & 0x07u, least = 0x10000;
    else
        return 0;
    if (length > n) return 0;
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xC0u) != 0x80u) return 0;
        value = value << 6 | (p[i] & 0x3Fu);
    }
    if (value < least || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return 0;
    return length;
}

/* libyaml names only an offset for what it cannot decode; this names line and column. */
static int check_bytes(const reader *r, const char *text, size_t length) {
    const unsigned char *p = (const unsigned char *)text;
    yaml_mark_t mark = {0, 0, 0};
    for (size_t i = 0; i < length;) {
        const size_t step = utf8_length(p + i, length - i);
        if (step == 0) {
            complain(r, mark, r->key, "not valid UTF-8, accepted: UTF-8 text");
            return BRG_EINPUT;
        }
        if ((p[i] < 0x20 && p[i] != '\t' && p[i] != '\n' && p[i] != '\r') || p[i] == 0x7F) {
            complain(r, mark, r->key, "a control character, accepted: UTF-8 text");
            return BRG_EINPUT;
        }
        if (p[i] == '\n')
            mark.line++, mark.column = 0;
        else
            mark.column++;
        i += step;
    }
    return BRG_OK;
}

static int next_event(reader *r, yaml_event_t *event) {
    if (yaml_parser_parse(&r->parser, event)) return BRG_OK;
    if (r->parser.error == YAML_MEMORY_ERROR) return BRG_ENOMEM;
    /* The problem mark stands where reading stopped, the one place every kind of error has. */
    char text[160];
    snprintf(text, sizeof text, "not valid YAML: %s",
             r->parser.problem ? r->parser.problem : "unreadable");
    complain(r, r->parser.problem_mark, r->key, text);
    return BRG_EINPUT;
}

static const char *joined(const reader *r, const char *key, char *to, size_t size) {
    const size_t length = strlen(r->path);
    snprintf(to, size, "%s%s%s", r->path, length && key && *key ? "." : "", key ? key : "");
    return to;
}

static int new_node(reader *r, brg_yaml **out, brg_yaml_kind kind, yaml_mark_t mark,
                    const char *key) {
    if (++r->nodes > BRG_YAML_MAX_NODES) {
        complain(r, mark, key, "too many values, accepted: 4096 in a file");
        return BRG_EINPUT;
    }
    brg_yaml *node = calloc(1, sizeof *node);
    if (!node) return BRG_ENOMEM;
    node->kind = kind;
    node->line = r->places ? mark.line + 1 : 0;
    node->column = r->places ? mark.column + 1 : 0;
    *out = node;
    return BRG_OK;
}

static int refuse_extras(const reader *r, const yaml_event_t *event, const char *key) {
    const yaml_char_t *anchor = NULL, *tag = NULL;
    if (event->type == YAML_ALIAS_EVENT) {
        complain(r, event->start_mark, key, "an alias, accepted: values written out");
        return BRG_EINPUT;
    }
    if (event->type == YAML_SCALAR_EVENT)
        anchor = event->data.scalar.anchor, tag = event->data.scalar.tag;
    else if (event->type == YAML_MAPPING_START_EVENT)
        anchor = event->data.mapping_start.anchor, tag = event->data.mapping_start.tag;
    else if (event->type == YAML_SEQUENCE_START_EVENT)
        anchor = event->data.sequence_start.anchor, tag = event->data.sequence_start.tag;
    if (!anchor && !tag) return BRG_OK;
    complain(r, event->start_mark, key,
             anchor ? "an anchor, accepted: values written out"
                    : "a tag, accepted: values without a tag");
    return BRG_EINPUT;
}

static int read_node(reader *r, const yaml_event_t *event, unsigned depth, const char *key,
                     brg_yaml **out);

static int take_text(const reader *r, const yaml_event_t *event, const char *key, char **out) {
    const size_t length = event->data.scalar.length;
    /* An escape can put a NUL into a quoted scalar; C strings would end there unseen. */
    if (memchr(event->data.scalar.value, 0, length)) {
        complain(r, event->start_mark, key, "a NUL character, accepted: text without it");
        return BRG_EINPUT;
    }
    *out = malloc(length + 1);
    if (!*out) return BRG_ENOMEM;
    memcpy(*out, event->data.scalar.value, length);
    (*out)[length] = '\0';
    return BRG_OK;
}

static int read_entry(reader *r, brg_yaml *mapping, brg_yaml **last, const yaml_event_t *event,
                      unsigned depth, const char *path_key) {
    char *name = NULL, full[320];
    yaml_event_t value;
    bool have_value = false;
    brg_yaml *node = NULL;
    const yaml_mark_t mark = event->start_mark;
    int status = refuse_extras(r, event, path_key);
    if (status) return status;
    if (event->type != YAML_SCALAR_EVENT) {
        complain(r, mark, path_key, "a key that is not a word, accepted: names of keys");
        return BRG_EINPUT;
    }
    if ((status = take_text(r, event, path_key, &name))) return status;
    joined(r, name, full, sizeof full);
    if (strcmp(name, "<<") == 0) {
        complain(r, mark, full, "a merge key, accepted: values written out");
        status = BRG_EINPUT;
        goto out;
    }
    for (const brg_yaml *other = mapping->child; other; other = other->next) {
        if (strcmp(other->key, name)) continue;
        char text[80];
        if (r->places)
            snprintf(text, sizeof text, "given twice, first at line %zu", other->key_line);
        else
            snprintf(text, sizeof text, "given twice");
        complain(r, mark, full, text);
        status = BRG_EINPUT;
        goto out;
    }
    if ((status = next_event(r, &value))) goto out;
    have_value = true;

    const size_t length = strlen(r->path);
    snprintf(r->path + length, sizeof r->path - length, "%s%s", length ? "." : "", name);
    status = read_node(r, &value, depth, full, &node);
    r->path[length] = '\0';
    if (node) {
        node->key = name;
        name = NULL;
        node->key_line = r->places ? mark.line + 1 : 0;
        node->key_column = r->places ? mark.column + 1 : 0;
        if (*last)
            (*last)->next = node;
        else
            mapping->child = node;
        *last = node;
    }
out:
    if (have_value) yaml_event_delete(&value);
    free(name);
    return status;
}

static int read_children(reader *r, brg_yaml *node, unsigned depth, const char *key) {
    brg_yaml *last = NULL;
    for (;;) {
        yaml_event_t event;
        int status = next_event(r, &event);
        if (status) return status;
        const bool end =
            event.type == YAML_MAPPING_END_EVENT || event.type == YAML_SEQUENCE_END_EVENT;
        if (!end && node->kind == BRG_YAML_MAPPING) {
            status = read_entry(r, node, &last, &event, depth, key);
        } else if (!end) {
            brg_yaml *item = NULL;
            status = read_node(r, &event, depth, key, &item);
            if (item) {
                if (last)
                    last->next = item;
                else
                    node->child = item;
                last = item;
            }
        }
        yaml_event_delete(&event);
        if (status || end) return status;
    }
}

static int read_node(reader *r, const yaml_event_t *event, unsigned depth, const char *key,
                     brg_yaml **out) {
    int status = refuse_extras(r, event, key);
    if (status) return status;
    const yaml_mark_t mark = event->start_mark;
    if (event->type == YAML_SCALAR_EVENT) {
        if ((status = new_node(r, out, BRG_YAML_SCALAR, mark, key))) return status;
        (*out)->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
        return take_text(r, event, key, &(*out)->text);
    }
    if (depth >= BRG_YAML_MAX_DEPTH) {
        complain(r, mark, key, "nested too deeply, accepted: 8 levels");
        return BRG_EINPUT;
    }
    const bool mapping = event->type == YAML_MAPPING_START_EVENT;
    status = new_node(r, out, mapping ? BRG_YAML_MAPPING : BRG_YAML_SEQUENCE, mark, key);
    if (status) return status;
    return read_children(r, *out, depth + 1, key);
}

static int read_document(reader *r, brg_yaml **out) {
    for (bool seen = false;;) {
        yaml_event_t event;
        int status = next_event(r, &event);
        if (status) return status;
        const yaml_event_type_t type = event.type;
        if (type == YAML_DOCUMENT_START_EVENT && seen) {
            complain(r, event.start_mark, r->key, "a second document, accepted: one document");
            status = BRG_EINPUT;
        } else if (type == YAML_DOCUMENT_START_EVENT) {
            seen = true;
        } else if (type == YAML_SCALAR_EVENT || type == YAML_MAPPING_START_EVENT ||
                   type == YAML_SEQUENCE_START_EVENT || type == YAML_ALIAS_EVENT) {
            status = read_node(r, &event, 0, r->key, out);
        }
        yaml_event_delete(&event);
        if (status || type == YAML_STREAM_END_EVENT) return status;
    }
}

int brg_yaml_parse(brg_yaml **out, const char *text, size_t length, const char *name, bool places,
                   const char *key, brg_diag *diag) {
    *out = NULL;
    reader r = {.name = name, .key = key ? key : "", .places = places, .diag = diag};
    snprintf(r.path, sizeof r.path, "%s", r.key);
    if (length > BRG_YAML_MAX_BYTES) {
        brg_diag_add(diag, name, 0, 0, r.key, "%zu bytes long, accepted: at most %d", length,
                     BRG_YAML_MAX_BYTES);
        return BRG_EINPUT;
    }
    int status = check_bytes(&r, text, length);
    if (status) return status;
    if (!yaml_parser_initialize(&r.parser)) return BRG_ENOMEM;
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, length);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    status = read_document(&r, out);
    yaml_parser_delete(&r.parser);
    if (status) brg_yaml_destroy(out);
    return status;
}

void brg_yaml_destroy(brg_yaml **tree) {
    brg_yaml *node = *tree;
    while (node) {
        brg_yaml *next = node->next;
        brg_yaml_destroy(&node->child);
        free(node->key);
        free(node->text);
        free(node);
        node = next;
    }
    *tree = NULL;
}
