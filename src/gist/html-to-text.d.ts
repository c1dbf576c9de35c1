declare module 'html-to-text' {
  export interface DomNode {
    readonly type: string
    readonly name?: string
    readonly attribs?: Readonly<Record<string, string>>
    readonly children?: readonly DomNode[]
  }
  export interface Builder {
    readonly options: { readonly formatters: Readonly<Record<string, Formatter>> }
    addInline(text: string, options?: { readonly noWordTransform?: boolean }): void
  }
  type Walk = (children: readonly DomNode[] | undefined, builder: Builder) => void
  export type Formatter = (
    element: DomNode,
    walk: Walk,
    builder: Builder,
    options: Readonly<Record<string, unknown>>,
  ) => void
  export interface Selector {
    readonly selector: string
    readonly format?: string
    readonly options?: Readonly<Record<string, unknown>>
  }
  export function convert(
    html: string,
    options: {
      readonly wordwrap?: number
      readonly formatters?: Readonly<Record<string, Formatter>>
      readonly selectors?: readonly Selector[]
      readonly limits?: { readonly maxDepth?: number; readonly maxInputLength?: number }
    },
  ): string
}
