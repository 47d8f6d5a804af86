const optOutText =
  'Pronto, você não vai mais receber nossas mensagens de divulgação. Para voltar a receber, responda REATIVAR.'
const optInText = 'Pronto, você voltou a receber nossas mensagens.'

/** What confirms an opt-out or an opt-in: the tenant's own words, else the usual ones. */
export function consentText(granted: boolean, settings: Readonly<Record<string, unknown>>): string {
  const own = granted ? settings.opt_in_text : settings.opt_out_text
  if (typeof own === 'string' && own !== '') return own
  return granted ? optInText : optOutText
}
