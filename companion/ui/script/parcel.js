// Hands a file to the browser's downloads.
watch("value", () => {
  const parcel = props.value;
  if (!parcel) return;
  const link = document.createElement("a");
  const content = parcel.base64 ? Uint8Array.from(atob(parcel.base64), (sign) => sign.charCodeAt(0)) : parcel.text;
  link.href = URL.createObjectURL(new Blob([content], { type: parcel.type }));
  link.download = parcel.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
});
