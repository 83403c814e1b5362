/** Characters of scripts that write no spaces between words. Tibetan parts syllables by a mark that is not a letter, and needs no segmenting. */
const UNSPACED =
  '[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Bopomofo}\\p{Script=Yi}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}\\p{Script=Tai_Le}\\p{Script=New_Tai_Lue}\\p{Script=Tai_Tham}\\p{Script=Tai_Viet}\\p{Script=Javanese}\\p{Script=Balinese}]'
const ANY = new RegExp(UNSPACED, 'u')
const BETWEEN = new RegExp(`(?<=${UNSPACED}\\p{M}*) (?=${UNSPACED})`, 'gu')

/** Whether a text has letters of a script without spaces between words. */
export const isUnspaced = (text: string): boolean => ANY.test(text)

/** Words joined by spaces, as their script writes them: `图 片` is `图片`. For display; the joined words stay the name. */
export const phraseText = (words: string): string => (isUnspaced(words) ? words.replace(BETWEEN, '') : words)
