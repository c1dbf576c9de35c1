export interface Output {
  readonly entryPoint?: string | undefined
  readonly imports: readonly { readonly path: string; readonly kind: string }[]
}
export function sizeReport(
  outputs: Readonly<Record<string, Output>>,
  options: {
    readonly first: readonly string[]
    readonly mail: readonly string[]
    readonly bytesOf: (path: string) => Promise<Uint8Array>
    readonly page: string
    readonly others?: readonly string[]
    readonly some?: readonly string[]
  },
): Promise<{ readonly lines: readonly string[] } & Sums>
export interface Sums {
  readonly first: number
  readonly mail: number
  readonly loaded: number
  readonly all: number
}
export function overBudget(sums: Sums): string | undefined
