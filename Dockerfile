FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE manifest.yml ./
COPY bot ./bot
COPY handlers ./handlers
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .
RUN python -m venv /opt/masko-slack && \
    /opt/masko-slack/bin/pip install --no-cache-dir "$(echo /wheels/masko_slack-*.whl)[postgres,workspaces]"

FROM python:3.11-slim
# `.masko` has to be there, and the user's own, before it is made a volume.
RUN useradd --system --uid 10001 --create-home --home-dir /srv/masko masko && \
    install --directory --owner=masko --mode=0700 /srv/masko/.masko
COPY --from=build /opt/masko-slack /opt/masko-slack
ENV PATH=/opt/masko-slack/bin:$PATH PYTHONUNBUFFERED=1 HEALTH_PORT=9090
WORKDIR /srv/masko
USER 10001
VOLUME /srv/masko/.masko
EXPOSE 9090
STOPSIGNAL SIGTERM
# Not urllib: it would ask the proxy that HTTP_PROXY names.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "-c", \
    "import os, http.client as h; c = h.HTTPConnection('localhost', int(os.environ['HEALTH_PORT']), timeout=4); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["masko-slack"]
CMD ["run"]
