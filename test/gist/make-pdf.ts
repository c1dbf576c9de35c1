import { deflateSync } from 'node:zlib'

/** A PDF file of one page for each stream of drawing. Without its table of places, which readers make anew. */
export function makePdf(title: string, pages: readonly (string | Uint8Array)[]): Buffer {
  const objects: Buffer[] = []
  const add = (number: number, text: string, stream?: Uint8Array): void => {
    const body = stream ? [Buffer.from('\nstream\n'), stream, Buffer.from('\nendstream')] : []
    objects.push(Buffer.concat([Buffer.from(`${number} 0 obj\n${text}`), ...body, Buffer.from('\nendobj\n')]))
  }
  const kids = pages.map((_, i) => `${5 + 2 * i} 0 R`).join(' ')
  add(1, '<< /Type /Catalog /Pages 2 0 R >>')
  add(2, `<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`)
  add(3, '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>')
  add(4, `<< /Title (${title}) >>`)
  for (const [i, page] of pages.entries()) {
    const stream = typeof page === 'string' ? deflateSync(`BT /F1 12 Tf 72 700 Td (${page}) Tj ET`) : page
    const resources = '/Resources << /Font << /F1 3 0 R >> >>'
    add(
      5 + 2 * i,
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] ${resources} /Contents ${6 + 2 * i} 0 R >>`,
    )
    add(6 + 2 * i, `<< /Length ${stream.length} /Filter /FlateDecode >>`, stream)
  }
  return Buffer.concat([
    Buffer.from('%PDF-1.4\n'),
    ...objects,
    Buffer.from('trailer\n<< /Root 1 0 R /Info 4 0 R >>\n'),
  ])
}
