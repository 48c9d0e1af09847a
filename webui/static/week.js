/* Opening hours painted on a week. The fields of the form stay what counts: this only reads and writes them. */
"use strict";
(function () {
  var STEP = 30, CELLS = 48, place = document.getElementById("week");
  if (!place || !window.PointerEvent) return;
  var days = Array.prototype.slice.call(document.querySelectorAll("fieldset[data-day]"));
  var paint = null, rows = days.map(row);

  function minutes(text) {
    var found = /^\s*(\d{1,2})(?:[:.](\d{2}))?\s*$/.exec(text);
    return found ? found[1] * 60 + (+found[2] || 0) : null;
  }
  function two(number) { return (number < 10 ? "0" : "") + number; }
  function time(at) { return two(Math.floor(at / 60)) + ":" + two(at % 60); }
  function fields(day, end) { return day.querySelectorAll("input[name$='-" + end + "']"); }

  function row(day) {
    var made = document.createElement("div"), cells = [];
    made.className = "paint";
    var name = document.createElement("b");
    name.textContent = day.dataset.short;
    made.appendChild(name);
    for (var at = 0; at < CELLS; at++) {
      var cell = document.createElement("i");
      cell.dataset.at = at;
      if (at % 2) cell.className = "half";
      made.appendChild(cell);
      cells.push(cell);
    }
    return { day: day, made: made, cells: cells, over: "" };
  }
  function read(each) {
    each.over = ""; // where the last span ends the next morning: kept, for the picture ends at midnight
    each.cells.forEach(function (cell) { cell.classList.remove("open"); });
    var begins = fields(each.day, "from"), ends = fields(each.day, "to");
    for (var number = 0; number < begins.length; number++) {
      var begin = minutes(begins[number].value), end = minutes(ends[number].value);
      if (begin === null || end === null) continue;
      if (end <= begin) { if (end) each.over = ends[number].value; end = CELLS * STEP; }
      for (var at = Math.floor(begin / STEP); at < Math.ceil(end / STEP) && at < CELLS; at++) each.cells[at].classList.add("open");
    }
  }
  function write(each) {
    var spans = [], open = null;
    for (var at = 0; at <= CELLS; at++) {
      var is = at < CELLS && each.cells[at].classList.contains("open");
      if (is && open === null) open = at;
      if (!is && open !== null) { spans.push([open * STEP, at * STEP]); open = null; }
    }
    var pairs = each.day.querySelectorAll(".span");
    while (pairs.length < spans.length) {
      var more = pairs[pairs.length - 1].cloneNode(true);
      pairs[pairs.length - 1].after(more);
      pairs = each.day.querySelectorAll(".span");
    }
    pairs.forEach(function (pair, number) {
      var inputs = pair.querySelectorAll("input"), span = spans[number];
      inputs[0].value = span ? time(span[0]) : "";
      inputs[1].value = !span ? "" : span[1] === CELLS * STEP && each.over ? each.over : time(span[1]);
    });
  }
  function touch(event) {
    var cell = document.elementFromPoint(event.clientX, event.clientY);
    if (!paint || !cell || cell.dataset.at === undefined) return;
    var each = rows.filter(function (known) { return known.made === cell.parentNode; })[0];
    if (!each) return;
    cell.classList.toggle("open", paint.on);
    write(each);
  }

  place.className = "week";
  place.setAttribute("aria-hidden", "true"); // the same is in the fields, which a keyboard and a reader can use
  var hours = document.createElement("div");
  hours.className = "paint hours";
  hours.appendChild(document.createElement("b"));
  [0, 6, 12, 18].forEach(function (hour) {
    var mark = document.createElement("span");
    mark.textContent = hour;
    hours.appendChild(mark);
  });
  place.appendChild(hours);
  rows.forEach(function (each) {
    read(each);
    place.appendChild(each.made);
    each.day.addEventListener("input", function () { read(each); });
  });
  var hint = document.createElement("p");
  hint.className = "hint";
  hint.textContent = place.dataset.hint;
  place.appendChild(hint);
  place.addEventListener("pointerdown", function (event) {
    if (event.target.dataset.at === undefined) return;
    event.preventDefault();
    paint = { on: !event.target.classList.contains("open") };
    touch(event);
  });
  window.addEventListener("pointermove", touch);
  ["pointerup", "pointercancel"].forEach(function (name) {
    window.addEventListener(name, function () { paint = null; });
  });
})();
