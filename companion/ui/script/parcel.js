// Hands a file to the browser's downloads.
watch("value", () => {
  const parcel = props.value;
  if (!parcel) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([parcel.text], { type: parcel.type }));
  link.download = parcel.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
});
