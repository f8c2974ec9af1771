/* Finds the units and the lines of interest of professional claims: what the search of a Boundary with the expressions
   of edi837/claims/starts.py and edi837/claims/trigger.py does, in a fifth of the time. */

#include "../x12/_segments.h"

#define CODE_SIZE 5
#define ANY_DIGIT '#'

typedef struct {
    const char *codes;        /* Of five characters each, in ascending order. */
    Py_ssize_t first[257];    /* By a code's first character, where such codes begin; those of the next behind them. */
    int wanted;               /* Whether lines are looked for at all. */
} Codes;

/* What is found; lists of the caller. */
typedef struct {
    PyObject *starts, *levels, *members, *notable;
} Found;

static inline int
is_digit(char character)
{
    return '0' <= character && character <= '9';
}

static void
index_codes(Codes *codes, Py_ssize_t count)
{
    Py_ssize_t number = 0;
    for (int character = 0; character < 256; character++) {
        codes->first[character] = number;
        while (number < count && (unsigned char)codes->codes[number * CODE_SIZE] == character)
            number++;
    }
    codes->first[256] = number;
}

static int
is_wanted(const Codes *codes, const char *code)
{
    unsigned char first = (unsigned char)code[0];
    for (Py_ssize_t number = codes->first[first]; number < codes->first[first + 1]; number++) {
        const char *known = codes->codes + number * CODE_SIZE;
        int place = 1;
        while (place < CODE_SIZE && (known[place] == code[place] || (known[place] == ANY_DIGIT && is_digit(code[place]))))
            place++;
        if (place == CODE_SIZE)
            return 1;
    }
    return 0;
}

/* The end of the element that begins at an index: its separator, the segment's terminator or the limit. */
static inline Py_ssize_t
element_end(const Text *text, Py_ssize_t at)
{
    while (at < text->limit && text->data[at] != text->element && text->data[at] != text->terminator)
        at++;
    return at;
}

/* The index behind some elements of a segment, or -1 where it ends in front of them. */
static inline Py_ssize_t
behind_elements(const Text *text, Py_ssize_t at, int count)
{
    while (count--) {
        at = element_end(text, at);
        if (!is(text, at, text->element))
            return -1;
        at++;
    }
    return at;
}

static inline Py_ssize_t
segment_end(const Text *text, Py_ssize_t at)
{
    Py_ssize_t end = terminator_in(text, at, text->limit);
    return end < 0 ? text->limit : end;
}

/* The segment of an id behind a terminator, or -1. */
#define NEXT(text, end, id) next_segment(text, end, id, sizeof(id) - 1)
static inline Py_ssize_t
next_segment(const Text *text, Py_ssize_t end, const char *id, Py_ssize_t size)
{
    if (end >= text->limit)
        return -1;
    Py_ssize_t at = segment_behind(text, end);
    return at >= 0 && has(text, at, id, size) && is(text, at + size, text->element) ? at : -1;
}

/* The member id of the NM1*IL that stands behind SBR, and PAT if there is one; -1 where it does not. */
static Py_ssize_t
member_behind(const Text *text, Py_ssize_t end)
{
    Py_ssize_t subscriber = NEXT(text, end, "SBR");
    if (subscriber < 0)
        return -1;
    end = segment_end(text, subscriber);
    Py_ssize_t patient = NEXT(text, end, "PAT");
    if (patient >= 0)
        end = segment_end(text, patient);
    Py_ssize_t insured = NEXT(text, end, "NM1");
    if (insured < 0 || !SEGMENT(text, insured + 4, "IL"))
        return -1;
    return behind_elements(text, insured + 7, 7);
}

static PyObject *
slice(const Text *text, Py_ssize_t start, Py_ssize_t end)
{
    return PyBytes_FromStringAndSize(text->data + start, end - start);
}

/* Takes a unit that begins with HL; returns the index behind what was read of it, 0 where it is a patient's, or -1. */
static Py_ssize_t
take_unit(const Text *text, Py_ssize_t terminator, Py_ssize_t segment, const Found *found)
{
    Py_ssize_t end = segment_end(text, segment);
    Py_ssize_t level = behind_elements(text, segment + 3, 2);
    if (level >= 0 && has(text, level, "23", 2) && (is(text, level + 2, text->element) || is(text, level + 2, text->terminator)))
        return 0;
    if (append(found->starts, PyLong_FromSsize_t(terminator)) < 0)
        return -1;
    if (append(found->levels, level < 0 ? Py_NewRef(Py_None) : slice(text, level, element_end(text, level))) < 0)
        return -1;
    Py_ssize_t member = member_behind(text, end);
    Py_ssize_t member_end = member < 0 ? end : element_end(text, member);
    if (append(found->members, slice(text, member < 0 ? end : member, member_end)) < 0)
        return -1;
    return member_end;
}

/* Whether a number of so many digits stands at an index, and a segment SV1 behind it. */
static inline int
is_number_of_service(const Text *text, Py_ssize_t at, int digits)
{
    for (; digits; digits--, at++)
        if (at >= text->limit || !is_digit(text->data[at]))
            return 0;
    return is(text, at, text->terminator) && NEXT(text, at, "SV1") >= 0;
}

/* Whether an SV1 segment stands behind LX and a number of up to three digits. */
static inline int
is_behind_line(const Text *text, Py_ssize_t terminator)
{
    Py_ssize_t at = terminator - 1;
    for (int digits = 1; digits <= 3 && at >= 3 && is_digit(text->data[at]); digits++, at--)
        if (text->data[at - 1] == text->element && text->data[at - 2] == 'X' && text->data[at - 3] == 'L')
            return 1;
    return 0;
}

static int
is_notable_service(const Text *text, Py_ssize_t terminator, Py_ssize_t segment, const Codes *codes)
{
    Py_ssize_t qualifier = segment + 4, code = qualifier + 3;
    int coded = has(text, qualifier, "HC", 2) && is(text, qualifier + 2, text->component) &&
                (is(text, code + CODE_SIZE, text->component) || is(text, code + CODE_SIZE, text->element));
    for (int place = 0; coded && place < CODE_SIZE; place++)
        coded = begins_id(text->data[code + place]);
    return !coded || !is_behind_line(text, terminator) || is_wanted(codes, text->data + code);
}

static int
is_notable_line(const Text *text, Py_ssize_t segment)
{
    Py_ssize_t number = segment + 3;
    for (int digits = 1; digits <= 3; digits++)
        if (is_number_of_service(text, number, digits))
            return 0;
    return 1;
}

/* Whether no line stands between a CLM and the next one, or the next HL. */
static int
is_claim_without_line(const Text *text, Py_ssize_t segment)
{
    for (;;) {
        Py_ssize_t end = terminator_in(text, segment, text->limit);
        segment = end < 0 ? -1 : segment_behind(text, end);
        if (segment < 0 || SEGMENT(text, segment, "CLM") || SEGMENT(text, segment, "HL"))
            return 1;
        if (SEGMENT(text, segment, "LX"))
            return 0;
    }
}

static inline int
is_notable(const Text *text, Py_ssize_t terminator, Py_ssize_t segment, const Codes *codes)
{
    switch (text->data[segment]) {
    case 'S':
        return SEGMENT(text, segment, "SV1") && is_notable_service(text, terminator, segment, codes);
    case 'L':
        return SEGMENT(text, segment, "LX") && is_notable_line(text, segment);
    case 'C':
        return SEGMENT(text, segment, "CLM") && is_claim_without_line(text, segment);
    default:
        return 0;
    }
}

/* What a search returns; -3 with an exception. */
static Py_ssize_t
search(const Text *text, Py_ssize_t at, Py_ssize_t stop, const Codes *codes, const Found *found)
{
    while ((at = terminator_in(text, at, stop)) >= 0) {
        Py_ssize_t segment = segment_behind(text, at), behind = 0;
        if (segment < 0 ? at + 1 >= text->limit : segment >= text->limit) {
            at++;
            continue;
        }
        if (segment < 0 || !begins_id(text->data[segment]))
            return IRREGULAR;
        if (SEGMENT(text, segment, "HL")) {
            behind = take_unit(text, at, segment, found);
            if (behind < 0)
                return -3;
        }
        else if (codes->wanted && is_notable(text, at, segment, codes)) {
            if (append(found->notable, PyLong_FromSsize_t(at)) < 0)
                return -3;
        }
        else if (is_envelope(text, segment))
            return at;
        at = Py_MAX(at + 1, behind);
    }
    return NOT_FOUND;
}

PyDoc_STRVAR(find_starts_doc,
"find_starts(buffer, start, stop, limit, starts, levels, members, notable, element, component, terminator, padding,"
" codes)\n--\n\n"
"Appends what stands at the terminators in buffer[start:stop] to the lists; returns what find_end does.\n\n"
"With codes None no lines are looked for.");

static PyObject *
find_starts(PyObject *module, PyObject *arguments)
{
    Py_buffer buffer;
    Py_ssize_t start, stop, limit, size = 0;
    Text text;
    Codes codes;
    Found found;
    if (!PyArg_ParseTuple(arguments, "y*nnnO!O!O!O!cccy#z#", &buffer, &start, &stop, &limit, &PyList_Type, &found.starts,
                          &PyList_Type, &found.levels, &PyList_Type, &found.members, &PyList_Type, &found.notable,
                          &text.element, &text.component, &text.terminator, &text.padding, &text.padding_size,
                          &codes.codes, &size))
        return NULL;
    codes.wanted = codes.codes != NULL;
    index_codes(&codes, size / CODE_SIZE);
    text.data = buffer.buf;
    text.limit = Py_MIN(limit, buffer.len);
    Py_ssize_t result = search(&text, Py_MAX(start, 0), Py_MIN(stop, text.limit), &codes, &found);
    PyBuffer_Release(&buffer);
    return result < IRREGULAR ? NULL : PyLong_FromSsize_t(result);
}

PyDoc_STRVAR(count_starts_doc,
"count_starts(buffer, start, end, element, terminator, padding)\n--\n\n"
"How many claims, and how many lines of the number 1, begin at the terminators in buffer[start:end].");

static PyObject *
count_starts(PyObject *module, PyObject *arguments)
{
    Py_buffer buffer;
    Py_ssize_t start, end, claims = 0, lines = 0;
    Text text;
    if (!PyArg_ParseTuple(arguments, "y*nnccy#", &buffer, &start, &end, &text.element, &text.terminator, &text.padding,
                          &text.padding_size))
        return NULL;
    text.data = buffer.buf;
    text.component = 0;
    text.limit = Py_MIN(end, buffer.len);
    for (Py_ssize_t at = Py_MAX(start, 0); (at = terminator_in(&text, at, text.limit)) >= 0; at++) {
        Py_ssize_t segment = segment_behind(&text, at);
        if (segment < 0)
            continue;
        if (SEGMENT(&text, segment, "CLM"))
            claims++;
        else if (SEGMENT(&text, segment, "LX") && is(&text, segment + 3, '1') && is(&text, segment + 4, text.terminator))
            lines += NEXT(&text, segment + 4, "SV1") >= 0;
    }
    PyBuffer_Release(&buffer);
    return Py_BuildValue("nn", claims, lines);
}

static PyMethodDef methods[] = {
    {"count_starts", count_starts, METH_VARARGS, count_starts_doc},
    {"find_starts", find_starts, METH_VARARGS, find_starts_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "edi837.claims._search",
    .m_size = 0,
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit__search(void)
{
    return PyModuleDef_Init(&definition);
}
