export function compileTests(change?: (path: string, text: string, outdir: string) => string): Promise<string>
