export interface Output {
  readonly entryPoint?: string | undefined
  readonly imports: readonly { readonly path: string; readonly kind: string }[]
}
export function sizeReport(
  outputs: Readonly<Record<string, Output>>,
  options: {
    readonly first: readonly string[]
    readonly bytesOf: (path: string) => Promise<Uint8Array>
    readonly page: string
  },
): Promise<{ readonly lines: readonly string[]; readonly first: number; readonly all: number }>
export function overBudget(sums: { readonly first: number; readonly all: number }): string | undefined
