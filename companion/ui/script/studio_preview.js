// The preview: its questions travel together.
element.addEventListener("submit", (event) => {
  event.preventDefault();
  const probes = [...event.target.querySelectorAll("[name=probe]")].map((field) => field.value);
  trigger("ask", { probes });
});
