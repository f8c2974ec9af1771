/* Steps from segment to segment of an interchange whose terminators all have the same padding behind them.

   Shared by the searches of the layers: x12/_search.c finds what ends a transaction set, claims/_search.c what is in it.
   Each does what the regular expressions of a Boundary do (edi837/x12/boundary.py), which define what is found. */

#ifndef EDI837_SEGMENTS_H
#define EDI837_SEGMENTS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

/* What a search returns besides an index. */
#define NOT_FOUND (-1)
#define IRREGULAR (-2)

typedef struct {
    const char *data;
    Py_ssize_t limit; /* Nothing at or behind it is looked at. */
    char element, component, terminator;
    const char *padding;
    Py_ssize_t padding_size;
} Text;

/* The index of the next terminator in front of an index, or -1. */
static inline Py_ssize_t
terminator_in(const Text *text, Py_ssize_t start, Py_ssize_t stop)
{
    const char *found = start < stop ? memchr(text->data + start, text->terminator, stop - start) : NULL;
    return found ? found - text->data : -1;
}

/* Whether a word stands at an index, and in front of the limit. */
static inline int
has(const Text *text, Py_ssize_t at, const char *word, Py_ssize_t size)
{
    return size <= text->limit - at && memcmp(text->data + at, word, size) == 0;
}

/* Whether a character stands at an index. */
static inline int
is(const Text *text, Py_ssize_t at, char character)
{
    return at < text->limit && text->data[at] == character;
}

/* Whether a segment of an id stands at an index; in front of the limit its id and the element separator. */
#define SEGMENT(text, at, id) (has(text, at, id, sizeof(id) - 1) && is(text, (at) + sizeof(id) - 1, (text)->element))

/* The index of the segment behind a terminator, or -1 where there is other padding. */
static inline Py_ssize_t
segment_behind(const Text *text, Py_ssize_t terminator)
{
    Py_ssize_t at = terminator + 1;
    if (text->padding_size) {
        if (!has(text, at, text->padding, text->padding_size))
            return -1;
        at += text->padding_size;
    }
    return at;
}

static inline int
is_envelope(const Text *text, Py_ssize_t at)
{
    switch (text->data[at]) {
    case 'S':
        return SEGMENT(text, at, "SE") || SEGMENT(text, at, "ST");
    case 'G':
        return SEGMENT(text, at, "GE") || SEGMENT(text, at, "GS");
    case 'I':
        return SEGMENT(text, at, "IEA") || SEGMENT(text, at, "ISA");
    default:
        return 0;
    }
}

static inline int
begins_id(char character)
{
    return ('A' <= character && character <= 'Z') || ('0' <= character && character <= '9');
}

/* Appends a new object, which may be NULL with an exception, and lets go of it; returns -1 with an exception. */
static inline int
append(PyObject *list, PyObject *item)
{
    int failed = item == NULL || PyList_Append(list, item) < 0;
    Py_XDECREF(item);
    return failed ? -1 : 0;
}

#endif
