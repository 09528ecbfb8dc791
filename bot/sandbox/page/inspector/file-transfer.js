/** Files to and from the person's own disk. */

/**
 * Save a response as a file.
 * @param {Response} response
 * @param {string} name
 */
export async function download(response, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = `masko-${name}`;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/**
 * The text of the file that was chosen in a field, which is empty again afterwards.
 * @param {HTMLInputElement} input
 * @returns {Promise<string|null>}
 */
export async function readFile(input) {
  const text = (await input.files[0]?.text()) ?? null;
  input.value = "";
  return text;
}
