// On a phone the row of pages is wider than the screen: show the one the reader is on, also after a turn of the phone.
(function () {
  "use strict";
  var here = document.querySelector("header nav [aria-current]");
  function show() { here.parentNode.scrollLeft = here.offsetLeft - (innerWidth - here.offsetWidth) / 2; }
  if (here) { show(); addEventListener("resize", show); }
})();
