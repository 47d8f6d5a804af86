interface Known {
  /** Id or name of the number. */
  config?: string
  message?: string
  /** Of the customer. */
  phone?: string
}

/** Next steps are written for every place that may show them: what is known there stands in for NAME, ID and NUMBER. */
export const stepWith = (step: string, {config = 'NAME', message = 'ID', phone = 'NUMBER'}: Known): string =>
  step
    .replace(/(pytake whatsapp \w+) NAME/, `$1 ${config}`)
    .replace(/(pytake message \w+) ID/, `$1 ${message}`)
    .replace('--to NUMBER', `--to ${phone}`)
