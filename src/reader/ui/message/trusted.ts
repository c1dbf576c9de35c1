/** What browsers with trusted types have, and TypeScript doesn't know yet. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { readonly createHTML: (html: string) => string },
  ): { createHTML(html: string): string }
}

/** Marks what was made for a sandboxed frame. The page's own policy takes no other text for HTML. */
export function trustedHtml(html: string): string {
  const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes }
  return trustedTypes?.createPolicy('packetboat', { createHTML: (text) => text }).createHTML(html) ?? html
}
