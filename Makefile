# Two commands set everything up: `make run` and `make test`.
export npm_config_update_notifier = false

.PHONY: run test install check bench clean

run: install
	@bin/hearth serve $(ARGS)

test: install
	@npm run --silent test-tools
	@npm run --silent check
	@npm test --silent

install: node_modules/.installed
	@npm run --silent build

# npm ci is run again only when what it installs has changed.
node_modules/.installed: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

check: install
	@npm run --silent check

bench: install
	@npm run --silent bench:relay

clean:
	rm -rf node_modules dist .cache
