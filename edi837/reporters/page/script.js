"use strict";
(() => {
  const ROWS_A_PAGE = 100;
  const SEVERITIES = ["error", "warning", "info"];
  const { texts, rows } = JSON.parse(document.getElementById("data").textContent);
  const [SEVERITY, CLAIM, LINE, PAYER, DAY, CODE, MODIFIERS, UNITS, CHARGE, RISK, RULE, PROBLEM, TO_DO, EXPECTED, FILE, SEGMENT,
    IS_SUPPRESSED, CLAIM_NUMBER] = Array(18).keys();

  const byId = (id) => document.getElementById(id);
  const dollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
  const whole = new Intl.NumberFormat("en-US");
  const natural = new Intl.Collator("en", { numeric: true });
  const counted = (number, noun) => `${whole.format(number)} ${noun}${number === 1 ? "" : "s"}`;
  const cents = (text) => Math.round(Number(text) * 100);
  const payerName = (payer) => payer || "No payer id";

  // Everything on the page that comes from a claim is set as text, never as HTML.
  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const pair = (first, second) => [...(first ? [document.createTextNode(first)] : []), ...(second ? [element("small", second)] : [])];

  const columns = [
    { title: "Severity", sort: (row) => row[SEVERITY], show: (row) => [element("span", SEVERITIES[row[SEVERITY]], `badge ${SEVERITIES[row[SEVERITY]]}`)] },
    { title: "Claim", className: "claim", sort: (row) => row[CLAIM], show: (row) => pair(row[CLAIM], row[LINE] && `line ${row[LINE]}`) },
    { title: "Payer", className: "id", sort: (row) => row[PAYER], show: (row) => pair(payerName(row[PAYER])) },
    { title: "Date", className: "day", sort: (row) => row[DAY], show: (row) => pair(row[DAY]) },
    { title: "Code", sort: (row) => row[CODE], show: (row) => pair(row[CODE], row[MODIFIERS]) },
    { title: "Units", className: "number", sort: (row) => Number(row[UNITS]), show: (row) => pair(row[UNITS]) },
    { title: "Charge", className: "number", sort: (row) => Number(row[CHARGE]), show: (row) => pair(dollars.format(row[CHARGE])) },
    { title: "At risk", className: "number", sort: (row) => Number(row[RISK]), show: (row) => pair(Number(row[RISK]) ? dollars.format(row[RISK]) : "") },
    { title: "Problem", className: "long", sort: (row) => row[RULE], show: (row) => pair(`${row[RULE]} ${row[PROBLEM]}`, texts[row[EXPECTED]] && `denial to expect: ${texts[row[EXPECTED]]}`) },
    { title: "What to do", className: "long", sort: (row) => texts[row[TO_DO]], show: (row) => pair(texts[row[TO_DO]], `${texts[row[FILE]]}, segment ${row[SEGMENT]}`) },
  ];

  const filters = { search: byId("search"), payer: byId("payer"), severity: byId("severity"), rule: byId("rule"), suppressed: byId("suppressed") };
  const words = rows.map((row) =>
    [row[CLAIM], row[PAYER], row[DAY], row[CODE], row[MODIFIERS], row[RULE], row[PROBLEM], texts[row[TO_DO]], texts[row[FILE]]]
      .join(" ").toLowerCase());
  const NO_PAYER = " ";
  let order = rows.map((_, index) => index);
  let matching = order;
  let page = 0;
  let sorted = { column: -1, descending: false };

  function fill(select, values, shown) {
    for (const value of values) {
      const option = element("option", shown(value));
      option.value = value;
      select.append(option);
    }
  }
  const distinct = (column) => [...new Set(rows.map((row) => row[column]))].sort(natural.compare);
  fill(filters.payer, distinct(PAYER).map((payer) => payer || NO_PAYER), (payer) => payerName(payer.trim()));
  fill(filters.severity, distinct(SEVERITY).map((number) => SEVERITIES[number]), (text) => text);
  fill(filters.rule, distinct(RULE), (text) => text);

  function filter() {
    const wanted = filters.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const payer = filters.payer.value === NO_PAYER ? "" : filters.payer.value || null;
    const severity = SEVERITIES.indexOf(filters.severity.value);
    const rule = filters.rule.value;
    matching = order.filter((index) => {
      const row = rows[index];
      return (!row[IS_SUPPRESSED] || filters.suppressed.checked)
        && (payer === null || row[PAYER] === payer)
        && (severity < 0 || row[SEVERITY] === severity)
        && (!rule || row[RULE] === rule)
        && wanted.every((word) => words[index].includes(word));
    });
    page = 0;
    tell();
    draw();
  }

  function sortBy(number) {
    const descending = sorted.column === number && !sorted.descending;
    sorted = { column: number, descending };
    const keys = rows.map(columns[number].sort);
    const compare = (a, b) => (typeof keys[a] === "number" ? keys[a] - keys[b] : natural.compare(keys[a], keys[b]));
    order = rows.map((_, index) => index).sort((a, b) => (descending ? compare(b, a) : compare(a, b)) || a - b);
    for (const [index, head] of [...byId("list").tHead.rows[0].cells].entries()) {
      if (index === number) head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    filter();
  }

  function tell() {
    const risk = matching.reduce((sum, index) => sum + cents(rows[index][RISK]), 0) / 100;
    const claims = new Set(matching.map((index) => rows[index][CLAIM_NUMBER])).size;
    byId("shown").textContent = matching.length
      ? `${counted(matching.length, "problem")} in ${counted(claims, "claim")}, ${dollars.format(risk)} at risk`
      : rows.length ? "No problem matches the filters." : "The list is empty.";
  }

  function draw(all = false) {
    const pages = Math.max(1, Math.ceil(matching.length / ROWS_A_PAGE));
    const shown = all ? matching : matching.slice(page * ROWS_A_PAGE, (page + 1) * ROWS_A_PAGE);
    byId("list").tBodies[0].replaceChildren(...shown.map((index) => drawn(rows[index])));
    byId("page").textContent = `Page ${whole.format(page + 1)} of ${whole.format(pages)}`;
    byId("pages").hidden = pages === 1;
    byId("before").disabled = page === 0;
    byId("after").disabled = page === pages - 1;
  }

  function drawn(row) {
    const line = element("tr", "", row[IS_SUPPRESSED] ? "suppressed" : "");
    line.setAttribute("role", "row");
    for (const column of columns) {
      const cell = element("td", "", column.className);
      cell.setAttribute("role", "cell");
      cell.dataset.label = column.title;
      const inside = element("div");
      inside.append(...column.show(row));
      cell.append(inside);
      line.append(cell);
    }
    return line;
  }

  function turn(step) {
    page += step;
    draw();
    byId("problems").scrollIntoView();
  }

  const heads = byId("list").tHead.rows[0];
  for (const [number, column] of columns.entries()) {
    const head = element("th", "", column.className === "number" ? "number" : "");
    head.scope = "col";
    head.setAttribute("role", "columnheader");
    const button = element("button", column.title);
    button.type = "button";
    button.addEventListener("click", () => sortBy(number));
    head.append(button);
    heads.append(head);
  }
  for (const key of document.querySelectorAll("button.key")) {
    key.addEventListener("click", () => {
      filters[key.dataset.filter].value = key.dataset.value || NO_PAYER;
      filter();
      byId("problems").focus();
    });
  }
  for (const input of Object.values(filters)) input.addEventListener(input === filters.search ? "input" : "change", filter);
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("clear").addEventListener("click", () => {
    byId("filters").reset();
    filter();
  });
  byId("before").addEventListener("click", () => turn(-1));
  byId("after").addEventListener("click", () => turn(1));
  // On paper stands all that the filters let through.
  addEventListener("beforeprint", () => draw(true));
  addEventListener("afterprint", () => draw());

  byId("suppressed-label").hidden = !rows.some((row) => row[IS_SUPPRESSED]);
  byId("filters").hidden = byId("list").hidden = rows.length === 0;
  filter();
})();
