/** Stands in for DOMPurify where a test has it switched off: nothing is taken out, and it tells of one picture from elsewhere. */
export default function noPurify() {
  const hooks: ((element: Element) => void)[] = []
  return {
    addHook: (_: string, hook: (element: Element) => void) => hooks.push(hook),
    sanitize: (html: string): string => {
      // Of a document that is never shown, so that nothing is loaded.
      const picture = document.implementation.createHTMLDocument().createElement('img')
      picture.setAttribute('src', 'https://pictures.example/')
      for (const hook of hooks) hook(picture)
      return html
    },
  }
}
