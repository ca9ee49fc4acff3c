/** C0 and C1 control characters except tab and line feed, and the marks that turn the direction of writing. */
const STEERS_A_TERMINAL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/**
 * Text as a terminal may show it. What models, hosts and files say is data: it must not move the cursor,
 * recolour the screen, set a clipboard or pretend to be a line of Hearth's own.
 */
export function printable(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(STEERS_A_TERMINAL, '')
}
