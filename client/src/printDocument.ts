// A module of its own, so that a bundler includes only the printer.
export { print as printDocument } from '@0no-co/graphql.web'
