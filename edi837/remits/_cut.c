/* Cuts the text of remittances into claims and their services: what edi837/remits/cut.py does, in a quarter of the time. */

#include "../x12/_segments.h"

typedef struct {
    Text text;
    Py_ssize_t split;  /* The length of what stands between two segments. */
    int is_ascii;
    PyObject *days;    /* The days of the last service that has some, and where they stand: they come again. */
    Py_ssize_t days_start, days_size;
} Source;

/* A service as far as it was gone through: indices in the text, -1 where there is none. */
typedef struct {
    Py_ssize_t start, end, segments, control, control_end, adjustments;
} Service;

/* A claim payment in the same way, with its services so far. */
typedef struct {
    Py_ssize_t start, segments, end, services_start;
    PyObject *services;
} Claim;

/* A text of up to three slices. */
static PyObject *
joined(const Source *source, const Py_ssize_t (*slices)[2], int count)
{
    Py_ssize_t size = 0;
    for (int number = 0; number < count; number++)
        size += slices[number][1] - slices[number][0];
    PyObject *result = PyUnicode_New(size, source->is_ascii ? 127 : 255);
    if (result == NULL || size == 0)
        return result;
    char *at = (char *)PyUnicode_1BYTE_DATA(result);
    for (int number = 0; number < count; number++) {
        Py_ssize_t length = slices[number][1] - slices[number][0];
        memcpy(at, source->text.data + slices[number][0], length);
        at += length;
    }
    if (source->is_ascii)
        return result;
    /* Python compares texts by how they are stored: ASCII has to be stored as such. */
    PyObject *normal = PyUnicode_FromKindAndData(PyUnicode_1BYTE_KIND, PyUnicode_1BYTE_DATA(result), size);
    Py_DECREF(result);
    return normal;
}

static PyObject *
slice(const Source *source, Py_ssize_t start, Py_ssize_t end)
{
    const Py_ssize_t slices[][2] = {{start, end}};
    return joined(source, slices, 1);
}

static PyObject *
days_slice(Source *source, Py_ssize_t start, Py_ssize_t end)
{
    const char *data = source->text.data;
    if (source->days && source->days_size == end - start &&
        memcmp(data + source->days_start, data + start, end - start) == 0)
        return Py_NewRef(source->days);
    PyObject *days = slice(source, start, end);
    Py_XSETREF(source->days, Py_XNewRef(days));
    source->days_start = start;
    source->days_size = end - start;
    return days;
}

/* Takes the next segment of a service. */
static inline void
take_segment(const Text *text, Service *service, Py_ssize_t terminator, Py_ssize_t segment)
{
    if (++service->segments == 1)
        service->end = terminator;
    if (service->control >= 0) {
        if (service->control_end < 0)
            service->control_end = terminator;
    }
    else if (SEGMENT(text, segment, "REF") && SEGMENT(text, segment + 4, "6R"))
        service->control = terminator;
    else if (service->adjustments < 0 && service->segments > 1 && SEGMENT(text, segment, "CAS"))
        service->adjustments = terminator;
}

/* Adds a service that ends at an index to its claim. */
static int
close_service(Source *source, const Service *service, Py_ssize_t end, PyObject *services)
{
    Py_ssize_t own_end = service->end < 0 ? end : service->end;
    Py_ssize_t front_end = service->control < 0 ? end : service->control;
    Py_ssize_t adjustments = service->adjustments < 0 ? front_end : service->adjustments;
    Py_ssize_t tail = service->control_end < 0 ? end : service->control_end;
    Py_ssize_t days = Py_MIN(own_end + source->split, adjustments);
    Py_ssize_t control = service->control < 0 ? tail : service->control + source->split + 7;
    const Py_ssize_t usual[][2] = {{service->start, own_end}, {adjustments, front_end}, {tail, end}};
    PyObject *texts[] = {
        joined(source, usual, 3),
        days_slice(source, days, adjustments),
        slice(source, control, tail),
    };
    int failed = 0;
    for (int number = 0; number < 3; number++)
        failed |= append(services, texts[number]) < 0;
    return failed ? -1 : 0;
}

/* Adds a claim payment that ends at an index. */
static int
close_claim(const Source *source, Claim *claim, Py_ssize_t end, PyObject *claims)
{
    Py_ssize_t head_end = claim->services_start < 0 ? end : claim->services_start;
    Py_ssize_t own_end = claim->end < 0 ? end : claim->end;
    Py_ssize_t behind = Py_MIN(own_end + source->split, head_end);
    PyObject *own = slice(source, claim->start, own_end), *rest = slice(source, behind, head_end);
    PyObject *item = own && rest ? Py_BuildValue("nnnOOO", claim->start, end, claim->segments, own, rest, claim->services)
                                 : NULL;
    Py_XDECREF(own);
    Py_XDECREF(rest);
    Py_CLEAR(claim->services);
    return append(claims, item);
}

/* Fills the list of claims; returns the index of the first one, or -1 with an exception. */
static Py_ssize_t
cut_text(Source *source, PyObject *claims)
{
    const Text *text = &source->text;
    const Claim no_claim = {-1, 1, -1, -1, NULL};
    const Service no_service = {-1, -1, 0, -1, -1, -1};
    Claim claim = no_claim;
    Service service = no_service;
    Py_ssize_t first = text->limit, at = 0;
    for (;;) {
        at = terminator_in(text, at, text->limit);
        Py_ssize_t end = at < 0 ? text->limit : at;
        Py_ssize_t segment = at < 0 ? -1 : segment_behind(text, at);
        int is_claim = segment >= 0 && SEGMENT(text, segment, "CLP");
        int is_service = segment >= 0 && !is_claim && claim.start >= 0 && SEGMENT(text, segment, "SVC");
        if (service.start >= 0 && (at < 0 || is_claim || is_service)) {
            if (close_service(source, &service, end, claim.services) < 0)
                goto failed;
            service = no_service;
        }
        if (claim.start >= 0 && (at < 0 || is_claim)) {
            if (close_claim(source, &claim, end, claims) < 0)
                goto failed;
            claim = no_claim;
        }
        if (at < 0)
            return first;
        if (is_claim) {
            first = Py_MIN(first, at);
            claim.start = segment + 4;
            claim.services = PyList_New(0);
            if (claim.services == NULL)
                goto failed;
        }
        else if (segment >= 0 && claim.start >= 0) {
            claim.segments++;
            if (claim.end < 0)
                claim.end = at;
            if (is_service) {
                if (claim.services_start < 0)
                    claim.services_start = at;
                service.start = segment + 4;
            }
            else if (service.start >= 0)
                take_segment(text, &service, at, segment);
        }
        at = segment >= 0 ? segment : at + 1;
    }
failed:
    Py_XDECREF(claim.services);
    return -1;
}

PyDoc_STRVAR(cut_doc,
"cut(text, element, split)\n--\n\n"
"See edi837.remits.cut; None for a text that is not stored as latin-1, or separators that are no single characters.");

static PyObject *
cut(PyObject *module, PyObject *arguments)
{
    PyObject *text, *element, *split;
    if (!PyArg_ParseTuple(arguments, "UUU", &text, &element, &split))
        return NULL;
    if (PyUnicode_KIND(text) != PyUnicode_1BYTE_KIND || PyUnicode_KIND(element) != PyUnicode_1BYTE_KIND ||
        PyUnicode_KIND(split) != PyUnicode_1BYTE_KIND || PyUnicode_GET_LENGTH(element) != 1 ||
        PyUnicode_GET_LENGTH(split) < 1)
        Py_RETURN_NONE;
    const char *between = (const char *)PyUnicode_1BYTE_DATA(split);
    Py_ssize_t size = PyUnicode_GET_LENGTH(split);
    Source source = {
        .text = {.data = (const char *)PyUnicode_1BYTE_DATA(text),
                 .limit = PyUnicode_GET_LENGTH(text),
                 .element = (char)PyUnicode_READ_CHAR(element, 0),
                 .terminator = between[0],
                 .padding = between + 1,
                 .padding_size = size - 1},
        .split = size,
        .is_ascii = PyUnicode_IS_ASCII(text),
        .days = NULL,
    };
    PyObject *claims = PyList_New(0);
    if (claims == NULL)
        return NULL;
    Py_ssize_t first = cut_text(&source, claims);
    Py_XDECREF(source.days);
    if (first < 0) {
        Py_DECREF(claims);
        return NULL;
    }
    return Py_BuildValue("nN", first, claims);
}

static PyMethodDef methods[] = {
    {"cut", cut, METH_VARARGS, cut_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "edi837.remits._cut",
    .m_size = 0,
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit__cut(void)
{
    return PyModuleDef_Init(&definition);
}
