/** Hands a text over as a file; it goes through nothing but this page. */
export function saveFile(fileName: string, text: string, type: 'application/yaml' | 'text/plain'): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(url);
}
