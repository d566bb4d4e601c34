/* Draws the two charts of the overview, with d3, from the tables that stand below them: there is one
   set of numbers, and whoever cannot see a chart reads the same. Colours come from the style sheet. */
"use strict";

(() => {
  const NARROW = 640;
  const language = document.documentElement.lang;
  const number = new Intl.NumberFormat(language);
  const monthName = new Intl.DateTimeFormat(language, { month: "short", timeZone: "UTC" });

  const value = (row, name) => (row.dataset[name] === "" ? null : Number(row.dataset[name]));
  const day = (row) => new Date(`${row.dataset.day}T00:00:00Z`);
  const rows = (selector) => Array.from(document.querySelectorAll(selector));
  const put = (parent, name, kind) => parent.append(name).attr("class", kind);

  function frame(place, height, title) {
    const width = place.clientWidth;
    const svg = d3.create("svg").attr("viewBox", `0 0 ${width} ${height}`).attr("aria-hidden", "true");
    svg.attr("height", height).attr("data-title", title);
    place.replaceChildren(svg.node());
    return { svg, width, isNarrow: width < NARROW };
  }

  function yearAxis(svg, x, y) {
    const [from, to] = x.domain();
    const months = d3.utcMonth.count(from, to);
    const every = months > 18 ? (x.range()[1] < NARROW ? 6 : 3) : 1;
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
        day: day(row), low: value(row, "low"), best: value(row, "best"), high: value(row, "high"),
      }));
      const published = rows(`table[data-published="${side}"] tbody tr`).map((row) => ({
        day: day(row), low: value(row, "low"), high: value(row, "high"),
        result: row.dataset.result, label: row.dataset.label, text: row.cells[0].textContent,
      }));
      return { side, name: table.dataset.name, points, published };
    });
  }

  function drawCurves(place) {
    const curves = readCurves();
    const all = curves.flatMap((curve) => curve.points);
    if (all.length === 0) { place.replaceChildren(); return; }
    const { svg, width, isNarrow } = frame(place, place.clientWidth < NARROW ? 300 : 420, "curves");
    const height = isNarrow ? 300 : 420;
    const margin = { top: 12, right: isNarrow ? 12 : 130, bottom: 24, left: 44 };
    const days = d3.extent(all, (point) => point.day);
    const first = d3.utcMonth.floor(days[0]);
    const last = days[0] < days[1] ? days[1] : d3.utcMonth.offset(days[1], 1);
    const x = d3.scaleUtc([first, last], [margin.left, width - margin.right]);
    const most = d3.max(all, (point) => Math.max(point.best, point.high ?? 0));
    const y = d3.scaleLinear([0, most * 1.05], [height - margin.bottom, margin.top]).nice();
    const axis = put(svg, "g", "axis grid").attr("transform", `translate(${margin.left},0)`)
      .call(d3.axisLeft(y).ticks(6).tickSize(-(width - margin.left - margin.right)));
    axis.select(".domain").remove();
    yearAxis(svg, x, height - margin.bottom);
    for (const curve of curves) { drawCurve(svg, curve, x, y, { isNarrow }); }
    for (const curve of curves) { drawPublished(svg, curve, x, y); }
    note(curves, first, last);
  }

  function drawCurve(svg, curve, x, y, { isNarrow }) {
    const group = put(svg, "g", `side-${curve.side}`);
    const known = (point) => point.high !== null;
    group.append("path").attr("class", "band").attr("d", d3.area().curve(d3.curveStepAfter)
      .defined(known).x((point) => x(point.day)).y0((point) => y(point.low)).y1((point) => y(point.high))(curve.points));
    // A stretch that begins at a point whose upper end is open is dashed.
    d3.pairs(curve.points).forEach(([from, to]) => {
      group.append("path").attr("class", known(from) ? "curve" : "curve is-open")
        .attr("d", `M${x(from.day)},${y(from.best)}H${x(to.day)}V${y(to.best)}`);
    });
    const end = curve.points[curve.points.length - 1];
    const text = `${curve.name} ${known(end) ? "" : "≥ "}${number.format(end.best)}`;
    const label = svg.append("text").attr("class", `label side-${curve.side}`).text(text);
    if (isNarrow) {
      label.attr("x", x(end.day)).attr("y", y(end.best) - 10).attr("text-anchor", "end");
    } else {
      label.attr("x", x(end.day) + 10).attr("y", y(end.best)).attr("dy", "0.35em");
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
      spot.append("title").text(`${said.text}, ${said.label}`);
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
      verdict: cell.dataset.verdict, text: cell.dataset.text,
    })));
  }

  function drawTimeline(place) {
    const counts = readExchanges();
    if (counts.length === 0) { place.replaceChildren(); return; }
    const names = Array.from(document.querySelectorAll("#exchanges thead th"), (cell) => cell.textContent).slice(1, -1);
    const isSmall = place.clientWidth < NARROW;
    const height = isSmall ? 300 : 340;
    const { svg, width } = frame(place, height, "timeline");
    const margin = { top: 28, right: 12, bottom: 24, left: 44 };
    const days = d3.extent(counts, (count) => count.day);
    const x = d3.scaleUtc([d3.utcMonth.floor(days[0]), d3.utcDay.offset(days[1], 20)],
      [margin.left, width - margin.right]);
    const most = d3.max(counts, (count) => Math.max(count.best, count.high ?? 0));
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
    if (count.verdict === "disputed") {
      const tip = at(Math.max(count.best, count.high ?? 0)) + up * 9;
      group.append("path").attr("class", "diamond").attr("transform", `translate(0,${tip})`).attr("d", "M0-5 5 0 0 5-5 0Z");
    }
    group.append("title").text(`${count.name}: ${count.text}`);
    // For a mouse; the table below has the same as links.
    group.on("click", () => location.assign(count.href));
  }

  const draw = { curves: drawCurves, timeline: drawTimeline };

  function drawAll() {
    for (const place of document.querySelectorAll("[data-chart]")) { draw[place.dataset.chart](place); }
  }

  let lastWidth = 0;
  new ResizeObserver(() => {
    const width = document.getElementById("main").clientWidth;
    if (width !== lastWidth) { lastWidth = width; drawAll(); }
  }).observe(document.getElementById("main"));
  document.addEventListener("ledger:updated", drawAll);
})();
