export const commands = {
  palette: {
    title: 'Command palette',
    find: 'Find a command',
    placeholder: 'Search commands',
    list: 'Commands',
    none: 'No matching commands',
  },
  keys: {
    title: 'Keyboard shortcuts',
    or: 'or',
    control: 'Ctrl',
    shift: 'Shift',
    alt: 'Alt',
    escape: 'Esc',
    delete: 'Del',
    enter: 'Enter',
    space: 'Space',
    home: 'Home',
    end: 'End',
    pageUp: 'Page Up',
    pageDown: 'Page Down',
  },
} as const
