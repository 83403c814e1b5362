import fc from 'fast-check'

/** Graphemes of more than one code point, words without spaces, both directions: what a careless cut breaks. */
export const TRICKY: readonly string[] = [
  '👍',
  '👍🏽',
  '👍🏿',
  '👨‍👩‍👧',
  '👨‍👩‍👧‍👦',
  '👩🏽‍🚀',
  '👩‍🚀',
  '❤',
  '❤️',
  '🇩🇪',
  '🇫🇷',
  '🏴󠁧󠁢󠁳󠁣󠁴󠁿',
  '1️⃣',
  '#️⃣',
  '🏳️‍🌈',
  'लाल',
  'नीली',
  'तस्वीर',
  'क्षि',
  'गाड़ी',
  'खड़ी है।',
  'বাংলা',
  'தமிழ்',
  'മലയാളം',
  '한국어',
  '서울에서',
  '\u1112\u1161\u11ab',
  '\u1100\u1161',
  '각',
  'e\u0301',
  'é',
  'o\u0308\u0323',
  'Å',
  '\u1e9b\u0323',
  'รถสีแดง',
  'ที่นี่',
  'น้ำ',
  'ກະຕ່າ',
  'ខ្មែរ',
  'ស្រី',
  'မြန်မာ',
  'ကျွန်ုပ်',
  '红色汽车',
  '蓝色汽车',
  '图片中有3个人',
  '日本語の写真',
  'カメラ',
  '\u304b\u3099',
  '東京',
  '鎌\u{E0100}',
  'המכונית',
  'אדומה',
  'שָׁלוֹם',
  'السيارة',
  'حَمْرَاء',
  'می‌خواهم',
  'красная',
  'ё',
  'и\u0306',
  'ελληνικά',
  'ΐ',
  '。',
  '，',
  '،',
  '؟',
  '\u200d',
  '\u200c',
  '\u200f',
  '\u00ad',
  '\ufe0f',
  '\r\n',
  '\n',
  '\u3000',
  '\u00a0',
  '\u2028',
]

/** Any text at all: every code point, lone surrogates, graphemes of many points, and words of many scripts put together. */
export const anyScript = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...TRICKY) },
      { weight: 3, arbitrary: fc.constantFrom('the', 'red', 'car', "isn't", '3', '12.5', ' ', ' ', '.', '-', '"', 'x-ray', '3个') },
      { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 4 }) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join(''))

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })
const words = new Intl.Segmenter('und', { granularity: 'word' })

/** Places where no grapheme is cut, the end of the text included. */
export const graphemeCuts = (text: string): Set<number> =>
  new Set([...Array.from(graphemes.segment(text), ({ index }) => index), text.length])
/** Places where no word is cut. */
export const wordCuts = (text: string): Set<number> => new Set([...Array.from(words.segment(text), ({ index }) => index), text.length])
