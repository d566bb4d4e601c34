/* Draws the two charts of the overview, with d3, from the tables that stand below them: there is one
   set of numbers, and whoever cannot see a chart reads the same. Colours come from the style sheet.

   A chart is drawn when a reader comes near it, and d3 is loaded then: most of a page's scripts are for
   what stands far below its beginning. Below each chart a slider steps through what it shows, for the
   keyboard, for fingers and for those who are read to; a brush asks for the page with other years. */
"use strict";

(() => {
  const NARROW = 640;
  /* How far below the screen a chart is drawn already. */
  const NEAR = "500px";
  /* The strip of years below a chart, in pixels. */
  const STRIP = 30;
  const library = document.currentScript.dataset.library;
  const language = document.documentElement.lang;
  const number = new Intl.NumberFormat(language);
  const monthName = new Intl.DateTimeFormat(language, { month: "short", timeZone: "UTC" });

  const value = (row, name) => (row.dataset[name] === "" ? null : Number(row.dataset[name]));
  const day = (row) => new Date(`${row.dataset.day}T00:00:00Z`);
  const rows = (selector) => Array.from(document.querySelectorAll(selector));
  const put = (parent, name, kind) => parent.append(name).attr("class", kind);

  const yearStart = (year) => new Date(Date.UTC(year, 0, 1));
  const asked = (place, name) => (place.dataset[name] ? new Date(`${place.dataset[name]}T00:00:00Z`) : null);
  /* Each plot hides what lies outside its years. */
  const inside = (svg) => svg.append("g").attr("clip-path", `url(#${svg.attr("data-title")}-years)`);

  function frame(place, height, margin) {
    const width = place.clientWidth;
    const title = place.dataset.chart;
    const svg = d3.create("svg").attr("viewBox", `0 0 ${width} ${height + STRIP}`).attr("role", "img")
      .attr("aria-label", place.dataset.label).attr("data-title", title).attr("height", height + STRIP);
    svg.append("clipPath").attr("id", `${title}-years`).append("rect").attr("x", margin.left)
      .attr("width", width - margin.left - margin.right + 6).attr("height", height - margin.bottom + 6);
    const reading = place.querySelector(".chart-reading");
    place.replaceChildren(svg.node(), ...(reading ? [reading] : []));
    return { svg, width };
  }

  /* What the years asked for leave of days, from the beginning of its month. */
  function extent(place, days) {
    const [first, last] = d3.extent(days);
    return [asked(place, "first") ?? d3.utcMonth.floor(first), asked(place, "last") ?? last];
  }

  /* The years as a strip on which some can be marked; the form's fields are the same for the keyboard. */
  function strip(svg, place, days, { margin, width, height }) {
    const form = document.getElementById("years");
    const [first, last] = d3.extent(days, (one) => one.getUTCFullYear());
    if (!form || first === undefined || first === last) { return; }
    const x = d3.scaleUtc([yearStart(first), yearStart(last + 1)], [margin.left, width - margin.right]);
    const from = asked(place, "first"), to = asked(place, "last");
    const group = put(svg, "g", "years-strip").attr("transform", `translate(0,${height + 4})`);
    group.append("title").text(place.dataset.brush);
    for (let year = first; year <= last; year++) {
      const [left, right] = [x(yearStart(year)), x(yearStart(year + 1))];
      group.append("text").attr("x", (left + right) / 2).attr("y", 13).attr("dy", "0.35em").attr("text-anchor", "middle").text(year);
      group.append("line").attr("x1", left).attr("x2", left).attr("y2", STRIP - 4);
    }
    const brush = d3.brushX().extent([[margin.left, 0], [width - margin.right, STRIP - 4]]);
    const marked = put(group, "g", "brush").call(brush);
    if (from || to) {
      marked.call(brush.move, [x(from ?? yearStart(first)), x(to ?? yearStart(last + 1))].map((at) => Math.min(Math.max(at, margin.left), width - margin.right)));
    }
    brush.on("end", ({ selection, sourceEvent }) => {
      if (!sourceEvent) { return; }
      const at = d3.pointer(sourceEvent.changedTouches?.[0] ?? sourceEvent, marked.node())[0];
      const [left, right] = selection ?? [at, at];
      const since = x.invert(left).getUTCFullYear();
      const until = Math.max(since, new Date(x.invert(right).getTime() - 1).getUTCFullYear());
      form.elements.since.value = since <= first ? "" : since;
      form.elements.until.value = until >= last ? "" : until;
      form.requestSubmit();
    });
  }

  /* Steps through what a chart shows: by the slider below it, or by a pointer above it. */
  function reader(svg, place, stops, { x, top, bottom }) {
    let reading = place.querySelector(".chart-reading");
    if (stops.length === 0) { reading?.remove(); return; }
    const isNew = !reading;
    if (isNew) {
      reading = document.createElement("div");
      reading.className = "chart-reading";
      const slider = Object.assign(document.createElement("input"), { type: "range", min: 0, step: 1 });
      slider.setAttribute("aria-label", `${place.dataset.move}: ${place.dataset.label}`);
      const text = document.createElement("p");
      text.textContent = place.dataset.hint;
      reading.append(slider, text);
      place.append(reading);
    }
    const [slider, text] = reading.children;
    const key = isNew ? null : slider.dataset.key;
    slider.max = stops.length - 1;
    const found = stops.findIndex((stop) => stop.key === key);
    slider.value = found < 0 ? stops.length - 1 : found;
    slider.style.marginLeft = `${x.range()[0] - 8}px`;
    slider.style.width = `${x.range()[1] - x.range()[0] + 16}px`;
    const cursor = put(svg, "line", "cursor").attr("y1", top).attr("y2", bottom).attr("visibility", "hidden");
    const show = () => {
      const stop = stops[Number(slider.value)];
      slider.dataset.key = stop.key;
      slider.setAttribute("aria-valuetext", `${stop.name}: ${stop.text}`);
      const name = document.createElement(stop.href ? "a" : "strong");
      if (stop.href) { name.href = stop.href; }
      name.textContent = stop.name;
      text.replaceChildren(name, `: ${stop.text}`);
      cursor.attr("x1", x(stop.day)).attr("x2", x(stop.day)).attr("visibility", "visible");
    };
    slider.oninput = show;
    slider.onfocus = show;
    slider.setAttribute("aria-valuetext", `${stops[slider.value].name}: ${stops[slider.value].text}`);
    if (found >= 0) { show(); }
    const nearest = d3.bisector((stop) => stop.day).center;
    svg.on("pointermove pointerdown", (event) => {
      const [across, down] = d3.pointer(event, svg.node());
      if (down > bottom) { return; }
      slider.value = nearest(stops, x.invert(across));
      show();
    });
  }

  function yearAxis(svg, x, y) {
    const [from, to] = x.domain();
    const months = d3.utcMonth.count(from, to);
    const isNarrow = x.range()[1] < NARROW;
    const every = months > 36 && isNarrow ? 12 : months > 18 ? (isNarrow ? 6 : 3) : 1;
    /* The first one names its year too, whatever month it is. */
    const isWhole = (at, index) => index === 0 || at.getUTCMonth() === 0 || months <= 6;
    const text = (at, index) => monthName.format(at) + (isWhole(at, index) ? ` ${at.getUTCFullYear()}` : "");
    put(svg, "g", "axis").attr("transform", `translate(0,${y})`)
      .call(d3.axisBottom(x).ticks(d3.utcMonth.every(every)).tickFormat(text).tickSizeOuter(0));
  }

  function readCurves() {
    return rows("table[data-curve]").map((table) => {
      const side = table.dataset.curve;
      const points = Array.from(table.tBodies[0].rows, (row) => ({
        day: day(row), low: value(row, "low"), best: value(row, "best"), high: value(row, "high"), name: row.cells[0].textContent,
      }));
      const published = rows(`table[data-published="${side}"] tbody tr`).map((row) => ({
        day: day(row), low: value(row, "low"), high: value(row, "high"),
        result: row.dataset.result, label: row.dataset.label, text: row.cells[0].textContent, fits: row.cells[4].textContent,
      }));
      return { side, name: table.dataset.name, points, published };
    });
  }

  function drawCurves(place) {
    const curves = readCurves();
    const all = curves.flatMap((curve) => curve.points);
    if (all.length === 0) { place.replaceChildren(); return; }
    const isNarrow = place.clientWidth < NARROW;
    const height = isNarrow ? 300 : 420;
    const margin = { top: 12, right: isNarrow ? 12 : 150, bottom: 24, left: 44 };
    const { svg, width } = frame(place, height, margin);
    const days = all.map((point) => point.day);
    const [first, end] = extent(place, days);
    const last = first < end ? end : d3.utcMonth.offset(end, 1);
    const x = d3.scaleUtc([first, last], [margin.left, width - margin.right]);
    const most = d3.max(all.filter((point) => point.day <= last), (point) => Math.max(point.best, point.high ?? 0)) ?? 1;
    const y = d3.scaleLinear([0, most * 1.05], [height - margin.bottom, margin.top]).nice();
    const axis = put(svg, "g", "axis grid").attr("transform", `translate(${margin.left},0)`)
      .call(d3.axisLeft(y).ticks(6).tickFormat(number.format).tickSize(-(width - margin.left - margin.right)));
    axis.select(".domain").remove();
    yearAxis(svg, x, height - margin.bottom);
    const labels = curves.map((curve) => drawCurve(svg, curve, x, y)).filter(Boolean);
    for (const curve of curves) { drawPublished(inside(svg), curve, x, y); }
    drawLabels(svg, labels, { isNarrow, left: margin.left, top: margin.top });
    reader(svg, place, curveStops(curves, first, last), { x, top: margin.top, bottom: height - margin.bottom });
    strip(svg, place, days, { margin, width, height });
    note(curves, d3.utcMonth.floor(d3.min(days)), d3.max(days));
  }

  const written = ({ low, best, high }) => {
    if (high === null) { return best === low ? `≥ ${number.format(low)}` : `${number.format(best)} (≥ ${number.format(low)})`; }
    return low === high ? number.format(best) : `${number.format(best)} (${number.format(low)}–${number.format(high)})`;
  };

  /* What the curves say on each day on which one of them has a step or an official published a total. */
  function curveStops(curves, first, last) {
    const dates = new Map();
    for (const { points, published } of curves) {
      for (const one of [...points, ...published]) {
        if (one.day >= first && one.day <= last) { dates.set(Number(one.day), one.name ?? one.text); }
      }
    }
    return Array.from(dates.keys()).sort((a, b) => a - b).map((time) => {
      const parts = curves.flatMap((curve) => {
        const point = curve.points.findLast((one) => Number(one.day) <= time);
        const said = curve.published.filter((one) => Number(one.day) === time).map((one) => `${one.label} (${one.fits})`);
        return [...(point ? [`${curve.name} ${written(point)}`] : []), ...said];
      });
      return { key: String(time), day: new Date(time), name: dates.get(time), text: parts.join("; ") };
    });
  }

  /* Draws a curve; returns what is to be written at its end, undefined if none of it is shown. */
  function drawCurve(svg, curve, x, y) {
    const group = put(inside(svg), "g", `side-${curve.side}`);
    const known = (point) => point.high !== null;
    group.append("path").attr("class", "band").attr("d", d3.area().curve(d3.curveStepAfter)
      .defined(known).x((point) => x(point.day)).y0((point) => y(point.low)).y1((point) => y(point.high))(curve.points));
    // A stretch that begins at a point whose upper end is open is dashed.
    d3.pairs(curve.points).forEach(([from, to]) => {
      group.append("path").attr("class", known(from) ? "curve" : "curve is-open")
        .attr("d", `M${x(from.day)},${y(from.best)}H${x(to.day)}V${y(to.best)}`);
    });
    /* A curve goes on to the end of what is shown as it was at its last step. */
    const [first, last] = x.domain();
    const end = curve.points.findLast((point) => point.day <= last);
    if (!end) { return undefined; }
    const at = Math.max(Number(end.day), Number(first));
    if (at > Number(end.day) || end !== curve.points[curve.points.length - 1]) {
      group.append("path").attr("class", known(end) ? "curve" : "curve is-open").attr("d", `M${x(end.day)},${y(end.best)}H${x(last)}`);
    }
    const isLast = end === curve.points[curve.points.length - 1];
    return { side: curve.side, text: `${curve.name} ${written(end)}`, x: x(isLast ? at : last), y: y(end.best) };
  }

  /* Writes the names at the ends of curves, each a line apart: beside them, or on a phone at the upper left, where no curve rises to. */
  function drawLabels(svg, labels, { isNarrow, left, top }) {
    const LINE = 17;
    const ordered = labels.toSorted((one, other) => one.y - other.y);
    let next = isNarrow ? top + LINE : -Infinity;
    for (const label of ordered) {
      const height = isNarrow ? next : Math.max(label.y, next);
      next = height + LINE;
      svg.append("text").attr("class", `label side-${label.side}`).text(label.text).attr("y", height)
        .attr("x", isNarrow ? left + 6 : label.x + 10).attr("dy", "0.35em");
    }
  }

  function drawPublished(svg, curve, x, y) {
    const group = put(svg, "g", `side-${curve.side}`);
    const [first, last] = x.domain();
    for (const said of curve.published) {
      if (said.day < first || said.day > last) { continue; }
      const spot = put(group, "g", "spot").attr("transform", `translate(${x(said.day)},${y(said.low)})`);
      if (said.result === "fail") {
        spot.append("path").attr("class", "cross").attr("d", "M-4-4 4 4M4-4-4 4");
      } else if (said.high === null) {
        spot.append("path").attr("class", "point").attr("d", "M0-5 5 4-5 4Z");
      } else {
        if (said.high !== said.low) {
          spot.append("path").attr("class", "reach").attr("d", `M0,0V${y(said.high) - y(said.low)}`);
        }
        spot.append("circle").attr("class", "point").attr("r", 3.5);
      }
    }
  }

  function note(curves, first, last) {
    const place = document.getElementById("note-curves");
    const outside = curves.flatMap((curve) => curve.published.filter((said) => said.day < first || said.day > last)
      .map((said) => place.dataset.one.replace("{total}", said.label).replace("{day}", said.text)));
    place.textContent = outside.length ? place.dataset.all.replace("{totals}", outside.join("; ")) : "";
  }

  function readExchanges() {
    return rows("#exchanges tbody tr").flatMap((row) => Array.from(row.querySelectorAll("td[data-side]"), (cell) => ({
      id: row.id.slice(2), day: day(row), name: row.dataset.name, href: row.querySelector("a").getAttribute("href"),
      side: Number(cell.dataset.side), low: value(cell, "low"), best: value(cell, "best"), high: value(cell, "high"),
      verdict: cell.dataset.verdict, isPartly: "partly" in cell.dataset, text: cell.dataset.text,
    })));
  }

  function drawTimeline(place) {
    const every = readExchanges();
    if (every.length === 0) { place.replaceChildren(); return; }
    const names = Array.from(document.querySelectorAll("#exchanges thead th"), (cell) => cell.textContent).slice(1, -1);
    const isSmall = place.clientWidth < NARROW;
    const height = isSmall ? 300 : 340;
    const margin = { top: 28, right: 12, bottom: 24, left: 44 };
    const { svg, width } = frame(place, height, margin);
    const days = every.map((count) => count.day);
    const [first, last] = extent(place, days);
    const counts = every.filter((count) => count.day >= first && count.day <= last);
    const x = d3.scaleUtc([first, d3.utcDay.offset(last, 20)], [margin.left, width - margin.right]);
    const most = d3.max(counts, (count) => Math.max(count.best, count.high ?? 0)) ?? 1;
    // Of two sides the second goes up and the first down from one line; more have a line each.
    const lanes = names.length > 2 ? names.length : 1;
    const laneHeight = (height - margin.bottom - margin.top) / lanes;
    const baseline = (side) => (lanes > 1 ? margin.top + (side + 1) * laneHeight : margin.top + laneHeight / 2);
    const direction = (side) => (lanes > 1 || side === 1 ? -1 : 1);
    const reach = (lanes > 1 ? laneHeight : laneHeight / 2) - 14;
    const length = d3.scaleLinear([0, most], [0, reach]);
    const ticks = length.ticks(3).filter((tick) => tick > 0);
    const grid = put(svg, "g", "grid");
    for (const side of names.keys()) {
      for (const tick of ticks) {
        const at = baseline(side) + direction(side) * length(tick);
        grid.append("line").attr("x1", margin.left).attr("x2", width - margin.right).attr("y1", at).attr("y2", at);
        grid.append("text").attr("x", margin.left - 6).attr("y", at).attr("dy", "0.35em").attr("text-anchor", "end").text(tick);
      }
      const isUp = direction(side) < 0;
      const top = lanes > 1 ? baseline(side) - laneHeight + 12 : 12;
      put(svg, "text", `label side-${side}`).attr("x", margin.left).attr("y", isUp ? top : height - margin.bottom - 6)
        .text(`${isUp ? "↑" : "↓"} ${names[side]}`);
    }
    const bar = isSmall ? 4 : 7;
    for (const count of counts) { drawCount(svg, count, { x, middle: baseline(count.side), up: direction(count.side), length, bar }); }
    for (const line of new Set(Array.from(names.keys(), baseline))) {
      svg.append("line").attr("class", "zero").attr("x1", margin.left).attr("x2", width - margin.right)
        .attr("y1", line).attr("y2", line);
    }
    yearAxis(svg, x, height - margin.bottom);
    reader(svg, place, exchangeStops(counts, names), { x, top: margin.top, bottom: height - margin.bottom });
    strip(svg, place, days, { margin, width, height });
  }

  /* The exchanges, the earliest first, with what came back to each side. */
  function exchangeStops(counts, names) {
    const found = new Map();
    for (const count of counts) {
      const stop = found.get(count.id) ?? { key: count.id, day: count.day, name: count.name, href: count.href, parts: [] };
      stop.parts.push(`${names[count.side]}: ${count.text}`);
      found.set(count.id, stop);
    }
    return Array.from(found.values()).reverse().map((stop) => ({ ...stop, text: stop.parts.join("; ") }));
  }

  function drawCount(svg, count, { x, middle, up, length, bar }) {
    const at = (people) => middle + up * length(people);
    const group = put(svg, "g", `side-${count.side}`).attr("data-exchange", count.id)
      .attr("transform", `translate(${x(count.day)},0)`);
    const [top, bottom] = [Math.min(middle, at(count.best)), Math.max(middle, at(count.best))];
    group.append("rect").attr("class", `bar is-${count.verdict}`).attr("x", -bar / 2).attr("width", bar)
      .attr("y", top).attr("height", Math.max(1, bottom - top));
    if (count.high === null) {
      const tip = at(count.best) + up * 9;
      group.append("path").attr("class", "whisker").attr("d", `M0,${at(count.best)}V${tip}m-3,${-up * 4}L0,${tip}l3,${-up * 4}`);
    } else if (count.high !== count.low) {
      group.append("path").attr("class", "whisker")
        .attr("d", `M-3,${at(count.low)}H3M0,${at(count.low)}V${at(count.high)}M-3,${at(count.high)}H3`);
    }
    if (count.verdict === "disputed" || count.isPartly) {
      const tip = at(Math.max(count.best, count.high ?? 0)) + up * 9;
      group.append("path").attr("class", count.isPartly ? "diamond is-partly" : "diamond").attr("transform", `translate(0,${tip})`).attr("d", "M0-5 5 0 0 5-5 0Z");
    }
    // For a mouse; the line below the chart and the table have the same as links.
    group.on("click", () => location.assign(count.href));
  }

  const draw = { curves: drawCurves, timeline: drawTimeline };
  const near = new Set();
  let loading = null;

  function load() {
    loading ??= new Promise((loaded, failed) => {
      const script = Object.assign(document.createElement("script"), { src: library, onload: loaded, onerror: failed });
      document.head.append(script);
    });
    return loading;
  }

  async function drawAll() {
    if (near.size === 0) { return; }
    await load();
    for (const place of near) { draw[place.dataset.chart](place); }
  }

  const seen = new IntersectionObserver((entries) => {
    const come = entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target);
    for (const place of come) { seen.unobserve(place); near.add(place); }
    if (come.length > 0) { drawAll(); }
  }, { rootMargin: NEAR });
  const places = document.querySelectorAll("[data-chart]");
  for (const place of places) { seen.observe(place); }
  /* On paper everything is near. */
  window.addEventListener("beforeprint", () => { for (const place of places) { near.add(place); } drawAll(); });

  let lastWidth = 0;
  new ResizeObserver(() => {
    const width = document.getElementById("main").clientWidth;
    if (width !== lastWidth) { lastWidth = width; drawAll(); }
  }).observe(document.getElementById("main"));
  document.addEventListener("ledger:updated", drawAll);
})();
