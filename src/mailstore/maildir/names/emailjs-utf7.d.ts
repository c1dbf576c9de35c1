declare module 'emailjs-utf7' {
  export function imapEncode(text: string): string
  export function imapDecode(text: string): string
}
