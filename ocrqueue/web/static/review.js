// Keys for who has many pages to look at. Everything works without: each key is a link or a button.
"use strict";

document.addEventListener("keydown", (event) => {
  const field = event.target.closest("textarea, input[type=search], select");
  if (field && event.key === "Escape") field.blur();
  if (field && event.key === "Enter" && (event.ctrlKey || event.metaKey)) field.form.requestSubmit();
  if (field || event.ctrlKey || event.metaKey || event.altKey) return;
  const meant = /^[a-z]$/.test(event.key) && document.querySelector(`[data-key="${event.key}"]`);
  if (!meant) return;
  event.preventDefault();
  meant.click();
  if (event.key === "e") document.querySelector("textarea").focus();
});

// A page that is being read again is looked at again, until somebody writes or chooses something.
let touched = false;
document.addEventListener("input", () => { touched = true; });
const isWritten = (field) => field.value !== field.defaultValue;
if (document.querySelector("[data-refresh]")) {
  setTimeout(() => {
    if (!touched && ![...document.querySelectorAll("textarea")].some(isWritten)) location.reload();
  }, 2000);
}
