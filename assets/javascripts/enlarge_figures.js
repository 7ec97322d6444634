// Shows a figure at the size of the window when it is pressed; without scripts its link opens the
// file.

/** @param {Element} figure */
function enlarge(figure) {
  const dialog = document.createElement("dialog");
  dialog.className = "enlarged";
  dialog.ariaLabel = figure.querySelector("figcaption strong")?.textContent ?? null;
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "Close";
  // Both variants are there, and the style sheet shows that of the theme in force.
  const pictures = figure.querySelectorAll(".plot__picture > img");
  dialog.append(close, ...[...pictures].map((picture) => picture.cloneNode()));
  dialog.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  figure.append(dialog);
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  const pressed = event.target instanceof Element ? event.target : null;
  const figure = pressed?.closest(".plot__enlarge")?.closest(".plot");
  const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (!figure || elsewhere) return;
  event.preventDefault();
  enlarge(figure);
});
