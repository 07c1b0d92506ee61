// What a screen reader says of buttons and pictures to which the theme gives no name, and the keyboard's way to formulas.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".toctree-l1 summary, .toctree-l2 summary").forEach((summary) => {
    const link = summary.closest("li")?.querySelector("a");
    summary.setAttribute("aria-label", `Pages below ${link?.textContent.trim() ?? "this one"}`);
  });
  document.querySelectorAll(".sphx-glr-thumbcontainer").forEach((thumbnail) => {
    const title = thumbnail.querySelector(".sphx-glr-thumbnail-title")?.textContent.trim();
    thumbnail.querySelectorAll("a").forEach((link) => link.setAttribute("aria-label", title ?? link.textContent.trim()));
  });
  document.querySelectorAll('math[display="block"]').forEach((formula) => {
    if (formula.scrollWidth > formula.clientWidth) formula.setAttribute("tabindex", "0");
  });
});
